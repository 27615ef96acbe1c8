#pragma once

#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "redis/connection.h"

namespace syncline::redis {

/// Runs one command and returns what Redis answers as text; a refusal fails the test.
inline std::string redis_command(const config::Endpoint& endpoint, const Arguments& command) {
  const auto connection = Connection::open(endpoint, std::chrono::seconds(5));
  if (!connection.ok()) {
    ADD_FAILURE() << connection.error().text();
    return {};
  }
  const Result<Reply> reply = (*connection)->call(command);
  if (!reply.ok()) {
    ADD_FAILURE() << reply.error().text();
    return {};
  }
  if ((*reply)->type == REDIS_REPLY_INTEGER) return std::to_string((*reply)->integer);
  return std::string(text_of(**reply));
}

/// A Redis server of this test's own on a unix socket, killed by the destructor.
class PrivateServer {
 public:
  explicit PrivateServer(std::vector<std::string> options = {}) : options_(std::move(options)) {
    std::string pattern = (std::filesystem::temp_directory_path() / "syncline-XXXXXX").string();
    folder_ = mkdtemp(pattern.data());
    endpoint_.scheme = "redis";
    endpoint_.socket = folder_ + "/redis.sock";
    endpoint_.database = "0";
    start();
  }
  ~PrivateServer() {
    kill();
    std::filesystem::remove_all(folder_);
  }
  PrivateServer(const PrivateServer&) = delete;
  PrivateServer& operator=(const PrivateServer&) = delete;

  const config::Endpoint& endpoint() const { return endpoint_; }

  void start() {
    std::vector<std::string> words{"redis-server",
                                   "--port",
                                   "0",
                                   "--unixsocket",
                                   endpoint_.socket,
                                   "--dir",
                                   folder_,
                                   "--save",
                                   "",
                                   "--appendonly",
                                   "yes",
                                   "--appendfsync",
                                   "everysec",
                                   "--logfile",
                                   folder_ + "/log"};
    words.insert(words.end(), options_.begin(), options_.end());
    process_ = fork();
    if (process_ == 0) {
      std::vector<char*> argv;
      for (std::string& word : words) argv.push_back(word.data());
      argv.push_back(nullptr);
      execvp(argv[0], argv.data());
      _exit(127);
    }
    for (int i = 0; i < 500 && !answers(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  void kill() { end(SIGKILL); }
  void freeze() { ::kill(process_, SIGSTOP); }
  void thaw() { ::kill(process_, SIGCONT); }

  std::string command(const Arguments& command) { return redis_command(endpoint_, command); }

 private:
  /// False as well while it reads its file.
  bool answers() const {
    const auto connection = Connection::open(endpoint_, std::chrono::seconds(1));
    if (!connection.ok()) return false;
    const Result<Reply> reply = (*connection)->ask({"GET", "x"});
    return reply.ok() && !text_of(**reply).starts_with("LOADING");
  }

  void end(int signal) {
    if (process_ <= 0) return;
    ::kill(process_, signal);
    waitpid(process_, nullptr, 0);
    process_ = 0;
  }

  const std::vector<std::string> options_;
  std::string folder_;
  config::Endpoint endpoint_;
  pid_t process_ = 0;
};

}  // namespace syncline::redis
