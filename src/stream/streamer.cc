#include "stream/streamer.h"

#include <algorithm>
#include <optional>
#include <thread>

#include "base/bounded_queue.h"
#include "base/log.h"
#include "stream/log_scanner.h"
#include "stream/owed_retry.h"
#include "stream/settler.h"

namespace syncline::stream {
namespace {

/// Batches that wait between two stages.
constexpr size_t kQueueLength = 1;
constexpr std::chrono::milliseconds kRetryPauseMin{100};
constexpr std::chrono::milliseconds kRetryPauseMax{5000};

bool may_retry(const Error& error) {
  return error.is_transient() || error.kind() == ErrorKind::kTooOld;
}

}  // namespace

struct Streamer::Rep {
  explicit Rep(const refresh::Parts& p)
      : parts(p),
        writer(p.targets, p.clock),
        settler(p, rows),
        owed_retry(p.database, p.targets, p.clock) {}

  Result<void> retry_sessions(std::stop_token stop, bool until_watermark);
  Result<void> session(std::stop_token stop, bool until_watermark);
  Result<void> read(BoundedQueue<Work>& to, std::stop_token stop);
  Result<void> write(BoundedQueue<Work>& from, BoundedQueue<Work>& to, std::stop_token stop);
  Result<void> settle(BoundedQueue<Work>& from, std::stop_token stop, bool until_watermark);
  void note(const Work& work);

  const refresh::Parts parts;
  RowsInHand rows;
  refresh::Writer writer;
  Settler settler;
  OwedRetry owed_retry;

  mutable std::mutex mutex;  // guards what follows
  Status status;
};

Streamer::Streamer(const refresh::Parts& parts) : rep_(std::make_unique<Rep>(parts)) {}
Streamer::~Streamer() = default;

Result<void> Streamer::run(std::stop_token stop) {
  return rep_->retry_sessions(std::move(stop), false);
}

Result<void> Streamer::drain(std::stop_token stop) {
  return rep_->retry_sessions(std::move(stop), true);
}

Status Streamer::status() const {
  Status status;
  {
    const std::lock_guard lock(rep_->mutex);
    status = rep_->status;
  }
  status.wide_rows = rep_->rows.wide_rows();
  if (const auto oldest = rep_->rows.oldest()) {
    status.lag = std::chrono::duration_cast<std::chrono::milliseconds>(
        rep_->parts.clock.boot_now() - *oldest);
  }
  return status;
}

/// A session forgets everything when it ends: batch, ids and head.
Result<void> Streamer::Rep::retry_sessions(std::stop_token stop, bool until_watermark) {
  auto pause = kRetryPauseMin;
  while (true) {
    uint64_t settled = 0;
    {
      const std::lock_guard lock(mutex);
      settled = status.log_rows;
    }
    const auto result = session(stop, until_watermark);
    rows.forget();
    if (stop.stop_requested()) return {};
    if (result || !may_retry(result.error())) return result;
    {
      const std::lock_guard lock(mutex);
      const bool is_known = status.held_up_by == result.error().text();
      if (!is_known) log_warn("stream: {}; trying again", result.error().text());
      if (status.log_rows > settled) pause = kRetryPauseMin;
      status.held_up_by = result.error().text();
    }
    if (!parts.clock.sleep(pause, stop)) return {};
    pause = std::min(2 * pause, kRetryPauseMax);
  }
}

/// Three stages, so that batch k + 1 is read while batch k is written and batch k - 1 settled. The
/// first error ends all three.
Result<void> Streamer::Rep::session(std::stop_token stop, bool until_watermark) {
  std::stop_source all;
  const std::stop_callback forward(stop, [&] { all.request_stop(); });
  std::mutex first_mutex;
  std::optional<Error> first;
  const auto end = [&](const Result<void>& result) {
    const std::lock_guard lock(first_mutex);
    if (!result && !all.stop_requested()) first = result.error();
    all.request_stop();
  };
  BoundedQueue<Work> was_read(kQueueLength);
  BoundedQueue<Work> was_written(kQueueLength);
  const auto token = all.get_token();
  {
    const std::jthread reading([&] { end(read(was_read, token)); });
    const std::jthread writing([&] { end(write(was_read, was_written, token)); });
    end(settle(was_written, token, until_watermark));
  }
  return first ? Result<void>(*first) : Result<void>();
}

Result<void> Streamer::Rep::read(BoundedQueue<Work>& to, std::stop_token stop) {
  LogScanner scanner(parts, rows);
  const LogScanner::Emit emit = [&](Work work) { return to.push(std::move(work), stop); };
  auto pause = parts.options.stream_poll_min;
  while (!stop.stop_requested()) {
    const bool has_more_owed = TRY(owed_retry.step());
    if (TRY(scanner.step(emit)) || has_more_owed) {
      pause = parts.options.stream_poll_min;
      continue;
    }
    parts.clock.sleep(pause, stop);
    pause = std::min(2 * pause, parts.options.stream_poll_max);
  }
  return {};
}

/// Work without documents (at least a watermark a second, when idle) tries the targets that are
/// away, so that one is known to be back although nothing changes.
Result<void> Streamer::Rep::write(BoundedQueue<Work>& from, BoundedQueue<Work>& to,
                                  std::stop_token stop) {
  while (auto work = from.pop(stop)) {
    std::vector<document::TargetName> only = parts.targets.names();
    if (work->batch.parts.empty()) {
      std::erase_if(only, [&](const auto& name) { return parts.targets.is_up(name); });
    }
    work->outcomes = writer.write(work->batch, only);
    // Keys are all that settling needs.
    for (auto& part : work->batch.parts) {
      for (auto& image : part.images) image.record.reset();
    }
    if (!to.push(std::move(*work), stop)) break;
  }
  return {};
}

Result<void> Streamer::Rep::settle(BoundedQueue<Work>& from, std::stop_token stop,
                                   bool until_watermark) {
  while (auto work = from.pop(stop)) {
    TRY(settler.settle(*work));
    note(*work);
    if (work->watermark && until_watermark) break;
  }
  return {};
}

void Streamer::Rep::note(const Work& work) {
  const std::lock_guard lock(mutex);
  status.held_up_by.clear();
  status.log_rows += work.ids.size();
  for (const auto& part : work.batch.parts) status.documents += part.images.size();
  if (work.watermark) status.watermark = *work.watermark;
}

}  // namespace syncline::stream
