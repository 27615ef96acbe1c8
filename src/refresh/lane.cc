#include "refresh/lane.h"

#include "ports/trial.h"

namespace syncline::refresh {
namespace {

constexpr std::chrono::seconds kPauseBetweenTries{1};
/// A failure that took longer was a timeout: trying once more would hold up the other targets.
constexpr std::chrono::seconds kQuickFailure{1};

}  // namespace

Lane::Lane(TargetSet& targets, Clock& clock, TargetName name)
    : targets_(targets), clock_(clock), name_(std::move(name)) {
  thread_ = std::jthread([this](std::stop_token stop) { work(std::move(stop)); });
}

Lane::~Lane() = default;

void Lane::begin(const Batch& batch) {
  const std::lock_guard lock(mutex_);
  outcome_ = {.target = name_};
  if (job_ == Job::kConnect) {
    outcome_.error = away();
    return;
  }
  if (failure_) {
    outcome_.error = std::exchange(failure_, std::nullopt);
    return;
  }
  if (targets_.is_up(name_)) {
    job_ = Job::kWrite;
    batch_ = &batch;
  } else {
    connection_.reset();
    outcome_.error = away();
    if (clock_.boot_now() < next_try_) return;
    job_ = Job::kConnect;
  }
  changed_.notify_all();
}

TargetOutcome Lane::finish() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return job_ != Job::kWrite; });
  return std::move(outcome_);
}

Result<ports::Target*> Lane::connection() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return job_ == Job::kNone; });
  if (!connection_) {
    if (!targets_.is_up(name_) && clock_.boot_now() < next_try_) return away();
    TRY(connect());
  }
  return connection_.get();
}

void Lane::drop(const Error& error) {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return job_ == Job::kNone; });
  connection_.reset();
  targets_.note_failure(name_, error);
}

void Lane::work(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [&] { return job_ != Job::kNone; })) {
    const Job job = job_;
    const Batch* batch = batch_;
    lock.unlock();
    TargetOutcome outcome;
    if (job == Job::kWrite) {
      outcome = write(*batch);
    } else if (auto connected = connect(); !connected && !connected.error().is_transient()) {
      failure_ = connected.error();
    }
    lock.lock();
    if (job == Job::kWrite) outcome_ = std::move(outcome);
    job_ = Job::kNone;
    changed_.notify_all();
  }
}

TargetOutcome Lane::write(const Batch& batch) {
  TargetOutcome outcome{.target = name_};
  const bool had_connection = connection_ != nullptr;
  const BootTime begun = clock_.boot_now();
  outcome.error = attempt(batch, outcome);
  // A store that was restarted since the last write only shows as a broken connection.
  if (outcome.error && outcome.error->is_transient() && had_connection &&
      clock_.boot_now() - begun < kQuickFailure) {
    outcome.error = attempt(batch, outcome);
  }
  return outcome;
}

std::optional<Error> Lane::attempt(const Batch& batch, TargetOutcome& outcome) {
  outcome.parts.clear();
  if (!connection_) {
    if (const auto connected = connect(); !connected) return connected.error();
  }
  for (const auto& part : batch.parts) {
    ports::step();
    auto written = connection_->write({.plan = *part.plan,
                                       .revision = batch.revision,
                                       .taken_on = batch.taken_on,
                                       .images = part.images,
                                       .writes_before = targets_.writes(name_, part.plan->name)});
    if (!written) {
      outcome.parts.clear();
      if (written.error().kind() == ErrorKind::kTooOld) return written.error();
      connection_.reset();
      targets_.note_failure(name_, written.error());
      return written.error();
    }
    targets_.note_writes(name_, part.plan->name, written->writes);
    outcome.parts.push_back(std::move(*written));
  }
  targets_.note_success(name_);
  return std::nullopt;
}

Result<void> Lane::connect() {
  auto target = targets_.connect(name_);
  if (!target) {
    next_try_ = clock_.boot_now() + kPauseBetweenTries;
    return target.error();
  }
  connection_ = std::move(*target);
  return {};
}

Error Lane::away() const {
  return transient(name_.value + " is away: " + targets_.health(name_).reason);
}

}  // namespace syncline::refresh
