// dblog flush with servers that misbehave.
#include <catch2/catch.hpp>
#include <csignal>
#include <fstream>
#include <iterator>

#include "src/notify/mime_encoding.hpp"
#include "tests/integration/delivery/delivery_scene.hpp"

using namespace dblog::test;
using namespace std::chrono_literals;

namespace {

const DeliveryScene::Arguments kSlack = {"slack_server.py", "ok"};
const DeliveryScene::Arguments kMail = {"smtp_server.py"};
const std::string kLogin = std::string("username=") + kUser + "\npassword=" + kPassword + "\n";

// In the background, in its own process group, to be stopped.
struct FlushInBackground {
  explicit FlushInBackground(const DeliveryScene& scene) : scene_(scene) {
    thread_ = std::thread([this] { result = scene_.tool({"flush", "--json"}); });
  }
  ~FlushInBackground() { wait(); }
  FlushInBackground(const FlushInBackground&) = delete;
  FlushInBackground& operator=(const FlushInBackground&) = delete;

  // The process that holds the lease says so itself.
  void stop(int signal) const {
    const std::string holder = scene_.query("SELECT holder FROM outbox_leases");
    std::vector<std::string> words;
    std::istringstream stream(holder);
    for (std::string word; stream >> word;) words.push_back(word);
    INFO(holder);
    REQUIRE(words.size() == 4);
    REQUIRE(::kill(std::stoi(words[2]), signal) == 0);
  }
  void wait() {
    if (thread_.joinable()) thread_.join();
  }

  ChildResult result;

 private:
  const DeliveryScene& scene_;
  std::thread thread_;
};

std::string file_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace

TEST_CASE("flush with servers: one that says nothing does not hold up the other channel") {
  const DeliveryScene scene({"slack_server.py", "hang"}, kMail);
  scene.add("slack", "disk full");
  scene.add("email", "disk full");
  FlushInBackground flush(scene);
  CHECK(comes_true([&] { return scene.mails().size() == 1; }, 60s));
  CHECK(comes_true([&] { return scene.query("SELECT count(*) FROM outbox_leases") == "1"; }, 60s));
  flush.stop(SIGTERM);
  flush.wait();
  CHECK(flush.result.exit_code() == 1);
  const auto json = nlohmann::json::parse(flush.result.out);
  CHECK(json["stopped"] == true);
  CHECK(json["sent"] == 1);
  CHECK(json["left"] == 1);
  CHECK(json["waiting"] == 1);
  CHECK(scene.query("SELECT state || attempts FROM outbox WHERE channel = 'slack'") == "pending0");
}

TEST_CASE("flush with servers: after 429 nothing goes there until it may, whatever is asked") {
  const DeliveryScene scene({"slack_server.py", "429:600", "ok"}, kMail);
  scene.add("slack", "disk full");
  scene.add("slack", "disk gone");
  CHECK(scene.tool({"flush"}).exit_code() == 1);
  scene.make_due();
  scene.add("slack", "disk back");
  const auto child = scene.tool({"flush", "--now"});
  CHECK(child.exit_code() == 0);
  CHECK_THAT(child.out, Catch::Contains("slack: 3 alerts due, but the server asked for a pause "));
  CHECK(scene.slack_texts().size() == 1);
}

TEST_CASE("flush with servers: a malformed Retry-After is no pause") {
  const DeliveryScene scene({"slack_server.py", "429:-5", "429:99999999999999999999", "ok"}, kMail);
  scene.add("slack", "disk full");
  for (int i = 0; i < 3; ++i) {
    (void)scene.tool({"flush"});
    scene.make_due();
  }
  CHECK(scene.slack_texts().size() == 3);
  CHECK(scene.query("SELECT state || attempts FROM outbox") == "sent2");
}

TEST_CASE("flush with servers: secrets that they repeat are nowhere but in .env") {
  const DeliveryScene scene({"slack_server.py", "echo"}, {"smtp_faults.py", "login-echo"}, kLogin);
  scene.add("slack", "disk full");
  scene.add("email", "disk full");
  std::string said;
  for (const DeliveryScene::Arguments& arguments :
       std::vector<DeliveryScene::Arguments>{{"flush"},
                                             {"flush", "--now", "--json"},
                                             {"outbox", "list"},
                                             {"outbox", "show", "1"},
                                             {"outbox", "show", "2", "--json"},
                                             {"test-notify"},
                                             {"flush", "--retry-dead"}}) {
    const auto child = scene.tool(arguments);
    said += child.out + child.err;
  }
  for (const auto& entry : std::filesystem::directory_iterator(scene.directory.path())) {
    if (entry.path().filename() != ".env") said += file_text(entry.path());
  }
  CHECK_THAT(said, Catch::Contains("HTTP 403: you sent ***") && Catch::Contains("login refused"));
  for (const std::string& secret :
       {std::string("T0SECRET"), std::string("B0SECRET"), std::string("topsecret"),
        std::string(kUser), std::string(kPassword)}) {
    CHECK(said.find(secret) == std::string::npos);
    CHECK(said.find(dblog::notify::base64(secret)) == std::string::npos);
  }
}
