// A full-screen program that leaves the terminal to curses; "n": without dblog.
#include <dblog/dblog.hpp>

#include <curses.h>
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc > 1 && *argv[1] == 'd') dblog::install_handlers();
  initscr();
  printw("working");
  refresh();
  for (;;) pause();
}
