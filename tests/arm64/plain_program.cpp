// Dies, and knows nothing of dblog.
#include <cstdlib>

int main() { std::abort(); }
