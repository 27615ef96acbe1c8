#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <string>
#include <thread>

namespace syncline::mongo {

/// A way to a server on this machine that freezes when told: connections stay open, and new ones
/// are accepted, but nothing is answered any more.
class FreezingRelay {
 public:
  explicit FreezingRelay(uint16_t server_port) {
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    EXPECT_EQ(bind(listener_, as_any(address), size), 0);
    EXPECT_EQ(listen(listener_, 8), 0);
    EXPECT_EQ(getsockname(listener_, as_any(address), &size), 0);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this, server_port](const std::stop_token& stop) {
      const int client = accept(listener_, nullptr, nullptr);
      const int server = socket(AF_INET, SOCK_STREAM, 0);
      sockaddr_in there = loopback(server_port);
      EXPECT_EQ(connect(server, as_any(there), sizeof there), 0);
      while (!stop.stop_requested()) pass(client, server);
      close(client);
      close(server);
    });
  }
  ~FreezingRelay() {
    thread_.request_stop();
    thread_.join();
    close(listener_);
  }
  FreezingRelay(const FreezingRelay&) = delete;
  FreezingRelay& operator=(const FreezingRelay&) = delete;

  void freeze() { is_frozen_ = true; }
  uint16_t port() const { return port_; }

 private:
  static sockaddr_in loopback(uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }
  static sockaddr* as_any(sockaddr_in& address) { return reinterpret_cast<sockaddr*>(&address); }

  void pass(int a, int b) {
    std::array<pollfd, 2> ends{{{a, POLLIN, 0}, {b, POLLIN, 0}}};
    if (poll(ends.data(), ends.size(), 10) <= 0 || is_frozen_) return;
    for (size_t i = 0; i < ends.size(); ++i) {
      std::array<char, 65536> bytes;
      if (ends[i].revents == 0) continue;
      const ssize_t count = recv(ends[i].fd, bytes.data(), bytes.size(), 0);
      if (count > 0) send(ends[1 - i].fd, bytes.data(), static_cast<size_t>(count), MSG_NOSIGNAL);
    }
  }

  const int listener_ = socket(AF_INET, SOCK_STREAM, 0);
  uint16_t port_ = 0;
  std::atomic<bool> is_frozen_ = false;
  std::jthread thread_;
};

}  // namespace syncline::mongo
