// Runs a fuzzer without libFuzzer: on each file of the directories or files that are named, then on
// mutations of them, the same ones every time. An input that kills the program is left in the file
// last_input of the working directory.
//
//   fuzz_env_file 5000 corpus/env_file
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

namespace fs = std::filesystem;
using Input = std::vector<std::uint8_t>;

constexpr std::size_t kMaxInputSize = 65'536;
constexpr const char* kLastInput = "last_input";

Input read_input(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
}

// In the order of their names, so that every machine makes the same mutations.
std::vector<Input> read_corpus(const fs::path& place) {
  std::vector<fs::path> paths;
  if (fs::is_directory(place)) {
    for (const auto& entry : fs::directory_iterator{place}) paths.push_back(entry.path());
  } else {
    paths.push_back(place);
  }
  std::sort(paths.begin(), paths.end());
  std::vector<Input> corpus;
  for (const fs::path& path : paths) corpus.push_back(read_input(path));
  return corpus;
}

class Mutator {
 public:
  explicit Mutator(const std::vector<Input>& corpus) : corpus_(corpus) {}

  Input next() {
    Input input = any_input();
    for (std::size_t changes = 1 + below(4); changes > 0; --changes) change(input);
    if (input.size() > kMaxInputSize) input.resize(kMaxInputSize);
    return input;
  }

 private:
  // Not std::uniform_int_distribution: its numbers differ between standard libraries.
  std::size_t below(std::size_t limit) { return limit == 0 ? 0 : random_() % limit; }

  const Input& any_input() { return corpus_[below(corpus_.size())]; }

  void change(Input& input) {
    using Difference = Input::difference_type;
    const auto at = input.begin() + static_cast<Difference>(below(input.size() + 1));
    const std::size_t after = static_cast<std::size_t>(input.end() - at);
    const Input& other = any_input();
    const auto start = other.begin() + static_cast<Difference>(below(other.size() + 1));
    const std::size_t length = below(std::min<std::size_t>(16, after) + 1);
    const auto end = at + static_cast<Difference>(length);
    switch (below(6)) {
      case 0:
        input.erase(at, end);
        break;
      case 1:
        input.erase(at, input.end());
        break;
      case 2:
        input.insert(at, static_cast<std::uint8_t>(random_()));
        break;
      case 3:
        if (after > 0) *at = static_cast<std::uint8_t>(random_());
        break;
      case 4: {
        const Input repeated(at, end);
        input.insert(end, repeated.begin(), repeated.end());
        break;
      }
      default: {
        const Input piece(start, other.end());
        input.insert(at, piece.begin(), piece.end());
      }
    }
  }

  const std::vector<Input>& corpus_;
  std::mt19937_64 random_{20'260'101};
};

void run(const Input& input, int last_input) {
  const bool kept =
      ::ftruncate(last_input, 0) == 0 && ::pwrite(last_input, input.data(), input.size(), 0) >= 0;
  if (!kept) std::perror(kLastInput);
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

}  // namespace

int main(int argc, char** argv) {
  const int last_input = ::open(kLastInput, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  std::vector<Input> corpus;
  const int mutations = argc > 1 ? std::atoi(argv[1]) : 0;
  for (int i = 2; i < argc; ++i) {
    for (Input& input : read_corpus(argv[i])) corpus.push_back(std::move(input));
  }
  if (corpus.empty()) {
    std::fprintf(stderr, "usage: %s MUTATIONS CORPUS…; found no inputs\n", argv[0]);
    return 2;
  }
  for (const Input& input : corpus) run(input, last_input);
  Mutator mutator{corpus};
  for (int i = 0; i < mutations; ++i) run(mutator.next(), last_input);
  ::unlink(kLastInput);
  std::printf("%zu inputs and %d mutations\n", corpus.size(), mutations);
  return 0;
}
