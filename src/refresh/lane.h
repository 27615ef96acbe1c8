#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "base/clock.h"
#include "refresh/batch.h"
#include "refresh/target_set.h"
#include "refresh/writer.h"

namespace syncline::refresh {

/// One target's place in a Writer: its connection, and the thread that writes over it. While the
/// target is away the thread tries to connect at most once a second and writes are answered at once
/// with the reason. Called by the Writer's thread only.
class Lane {
 public:
  Lane(TargetSet& targets, Clock& clock, TargetName name);
  ~Lane();

  /// Begins to write the batch, which must live until finish(). Never blocks on the store.
  void begin(const Batch& batch);
  /// Waits for what begin() began.
  TargetOutcome finish();

  /// The connection, made now if there is none. Blocks up to the store's timeout.
  Result<ports::Target*> connection();
  void drop(const Error& error);

 private:
  enum class Job { kNone, kConnect, kWrite };

  void work(std::stop_token stop);
  TargetOutcome write(const Batch& batch);
  std::optional<Error> attempt(const Batch& batch, TargetOutcome& outcome);
  Result<void> connect();
  Error away() const;

  TargetSet& targets_;
  Clock& clock_;
  const TargetName name_;

  std::mutex mutex_;  // guards job_, batch_ and outcome_
  std::condition_variable_any changed_;
  Job job_ = Job::kNone;
  const Batch* batch_ = nullptr;
  TargetOutcome outcome_;

  // The thread's while there is a job, the caller's otherwise.
  std::unique_ptr<ports::Target> connection_;
  BootTime next_try_{};
  std::optional<Error> failure_;  // of a connection in the background, unless the target is away

  std::jthread thread_;
};

}  // namespace syncline::refresh
