// The switches of the hostile test. Only syncline_trial links this file, before the library that
// says that no rule is broken. All it knows it reads from the environment:
//   SYNCLINE_TRIAL=sleep=50,sleep_ms=20,long=5,long_ms=2000,seed=7,break=tombstone
// sleep and long are percentages of the steps; the sleeps are random, up to so many milliseconds.

#include "ports/trial.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <random>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace syncline::ports {
namespace {

constexpr std::array<std::pair<std::string_view, Rule>, 15> kSwitches{{
    {"number_before_view", Rule::kNumberBeforeView},
    {"view_lock", Rule::kViewLock},
    {"repeatable_read", Rule::kRepeatableRead},
    {"settle_seen_only", Rule::kSettleSeenOnly},
    {"settle_after_write", Rule::kSettleAfterWrite},
    {"sweep", Rule::kSweep},
    {"tombstone", Rule::kTombstone},
    {"revision_guard", Rule::kRevisionGuard},
    {"age_fence", Rule::kAgeFence},
    {"floor", Rule::kFloor},
    {"look_after_write", Rule::kLookAfterWrite},
    {"old_row_logged", Rule::kOldRowLogged},
    {"cascade_triggers", Rule::kCascadeTriggers},
    {"target_after_view", Rule::kTargetAfterView},
    {"one_streamer", Rule::kOneStreamer},
}};

struct Trial {
  std::array<bool, kSwitches.size()> is_broken{};
  unsigned sleep_percent = 0;
  unsigned sleep_ms = 20;
  unsigned long_percent = 0;
  unsigned long_ms = 2000;
  unsigned seed = 0;
};

Trial read_environment() {
  Trial trial;
  const char* text = std::getenv("SYNCLINE_TRIAL");
  if (text == nullptr) return trial;
  for (const std::string& word : split(text, ',')) {
    const size_t at = word.find('=');
    const std::string name = word.substr(0, at);
    const std::string value = at == std::string::npos ? "" : word.substr(at + 1);
    const auto number = [&] { return static_cast<unsigned>(std::stoul(value)); };
    if (name == "break") {
      bool is_known = false;
      for (const auto& [known, rule] : kSwitches) {
        if (known != value) continue;
        trial.is_broken[static_cast<size_t>(rule)] = true;
        is_known = true;
      }
      CHECK(is_known);
    } else if (name == "sleep") {
      trial.sleep_percent = number();
    } else if (name == "sleep_ms") {
      trial.sleep_ms = number();
    } else if (name == "long") {
      trial.long_percent = number();
    } else if (name == "long_ms") {
      trial.long_ms = number();
    } else {
      CHECK(name == "seed");
      trial.seed = number();
    }
  }
  return trial;
}

const Trial& trial() {
  static const Trial kTrial = read_environment();
  return kTrial;
}

unsigned random_below(unsigned end) {
  static std::atomic<unsigned> threads{0};
  thread_local std::minstd_rand random(trial().seed * 7919u +
                                       static_cast<unsigned>(getpid()) * 31u + ++threads);
  return std::uniform_int_distribution<unsigned>(0, end - 1)(random);
}

}  // namespace

bool is_broken(Rule rule) noexcept { return trial().is_broken[static_cast<size_t>(rule)]; }

void step() noexcept {
  const Trial& now = trial();
  unsigned limit_ms = 0;
  if (random_below(100) < now.sleep_percent) limit_ms = now.sleep_ms;
  if (random_below(100) < now.long_percent) limit_ms = now.long_ms;
  if (limit_ms == 0) return;
  std::this_thread::sleep_for(std::chrono::microseconds(random_below(limit_ms * 1000)));
}

std::string unless_broken(Rule rule, std::string text, std::string_view right,
                          std::string_view wrong) {
  if (!is_broken(rule)) return text;
  const size_t at = text.find(right);
  CHECK(at != std::string::npos);  // else the switch would break nothing
  return text.replace(at, right.size(), wrong);
}

}  // namespace syncline::ports
