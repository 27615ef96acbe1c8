#pragma once

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "ports/database.h"
#include "refresh/target_set.h"

namespace syncline::verify {

/// The connections of one verification, and how often a call over them is repeated. One thread at a
/// time, except that different targets may be called by different threads.
class Sessions {
 public:
  Sessions(ports::Database& database, refresh::TargetSet& targets, Clock& clock,
           std::stop_token stop)
      : database_(database),
        targets_(targets),
        clock_(clock),
        stop_(std::move(stop)),
        reader_(database.reader()),
        state_(database.state()),
        change_log_(database.change_log()) {
    for (const auto& name : targets.names()) slots_[name];
  }

  Clock& clock() { return clock_; }
  const std::stop_token& stop() const { return stop_; }
  const std::vector<document::TargetName>& targets() const { return targets_.names(); }
  /// The last call to the target failed.
  bool has_failed(const document::TargetName& name) const { return slots_.at(name).has_failed; }
  ports::State& state() { return *state_; }
  ports::ChangeLog& change_log() { return *change_log_; }

  Result<document::Revision> newest() {
    return mysql([&] { return database_.newest(); });
  }

  /// Calls MySQL; a transient failure is tried again a few times.
  template <typename Call>
  auto mysql(const Call& call) -> decltype(call()) {
    auto pause = std::chrono::milliseconds(100);
    for (int attempt = 1;; ++attempt) {
      auto result = call();
      if (result.ok()) return result;
      const bool may_help =
          result.error().is_transient() || result.error().kind() == ErrorKind::kTooOld;
      if (!may_help || attempt == kAttempts) return result;
      if (!clock_.sleep(pause, stop_)) return cancelled("verification was stopped");
      pause *= 2;
    }
  }

  /// Calls `read(View&)` in a view of its own, which is closed before this returns. `begun`: before
  /// the view was opened.
  template <typename Read>
  auto in_view(const Read& read) -> decltype(read(std::declval<ports::View&>(), BootTime())) {
    using Answer = decltype(read(std::declval<ports::View&>(), BootTime()));
    return mysql([&]() -> Answer {
      const BootTime begun = clock_.boot_now();
      const auto view = TRY(reader_->open());
      return read(*view, begun);
    });
  }

  /// Calls `call(Target&)`. After a transient failure once more over a new connection: a store that
  /// was restarted only shows as a broken one.
  template <typename Call>
  auto target(const document::TargetName& name, const Call& call)
      -> decltype(call(std::declval<ports::Target&>())) {
    auto result = target_once(name, call);
    if (result.ok() || !result.error().is_transient()) return result;
    return target_once(name, call);
  }

  /// The same without the second attempt.
  template <typename Call>
  auto target_once(const document::TargetName& name, const Call& call)
      -> decltype(call(std::declval<ports::Target&>())) {
    Slot& slot = slots_.at(name);
    slot.has_failed = true;
    if (!slot.connection) slot.connection = TRY(targets_.connect(name));
    auto result = call(*slot.connection);
    if (result.ok()) {
      slot.has_failed = false;
      targets_.note_success(name);
    } else {
      targets_.note_failure(name, result.error());
      slot.connection.reset();
    }
    return result;
  }

 private:
  struct Slot {
    std::unique_ptr<ports::Target> connection;
    bool has_failed = false;
  };
  static constexpr int kAttempts = 5;

  ports::Database& database_;
  refresh::TargetSet& targets_;
  Clock& clock_;
  const std::stop_token stop_;
  const std::unique_ptr<ports::Reader> reader_;
  const std::unique_ptr<ports::State> state_;
  const std::unique_ptr<ports::ChangeLog> change_log_;
  std::map<document::TargetName, Slot> slots_;
};

}  // namespace syncline::verify
