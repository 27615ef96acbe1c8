#include "cli/interrupt.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "base/log.h"

namespace syncline::cli {
namespace {

sigset_t awaited() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

Interrupt::Interrupt() {
  const sigset_t set = awaited();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  thread_ = std::jthread([this, set] {
    int received = 0;
    while (sigwait(&set, &received) == 0 && !is_over_) {
      if (signal_ != 0) _exit(130);
      signal_ = received;
      log_info("stopping; once more to stop at once");
      source_.request_stop();
    }
  });
}

Interrupt::~Interrupt() {
  is_over_ = true;
  pthread_kill(thread_.native_handle(), SIGTERM);  // wakes sigwait
}

}  // namespace syncline::cli
