#include "redis/batch_write.h"

#include "base/log.h"
#include "redis/errors.h"

namespace syncline::redis {

using ports::Image;
using ports::OwedReason;
using ports::WriteBatch;
using ports::WriteOutcome;

namespace {

constexpr size_t kRecordsPerCall = 64;
constexpr size_t kCallBytes = 1u << 20;  // a call ends early: Redis serves nobody else meanwhile

}  // namespace

Arguments CallHead::arguments() const {
  return {std::to_string(revision.value),
          std::to_string(deadline),
          identity.pipeline.value,
          identity.server,
          identity.epoch,
          std::to_string(tombstone_ttl.count()),
          std::to_string(ttl.count()),
          fmt::format("{:.6f}", jitter_seed),
          std::to_string(writes_before)};
}

Error error_of_answer(std::string_view answer, const DocumentPlan& plan, std::string_view where) {
  if (answer == kTooLate) {
    return too_old(
        fmt::format("{} of Redis at {} arrived past the age fence", plan.name.value, where));
  }
  if (answer == kForgotten) {
    return transient(
        fmt::format("Redis at {} lost what it had acknowledged of {}", where, plan.name.value),
        "was it flushed, or restarted without persistence? Its documents are loaded again");
  }
  if (answer.starts_with(kOwnedBy)) {
    return conflict(fmt::format("{} in Redis at {} belong to pipeline '{}' of another server or "
                                "time",
                                plan.name.value, where, answer.substr(kOwnedBy.size())),
                    "stop that pipeline and start this one with --adopt");
  }
  return internal(fmt::format("Redis at {} answered '{}'", where, answer));
}

BatchWrite::BatchWrite(Connection& connection, const RecordLayout& layout, const WriteBatch& batch,
                       const CallHead& head, uint64_t document_bytes_max)
    : connection_(connection),
      layout_(layout),
      batch_(batch),
      document_bytes_max_(document_bytes_max),
      head_(head.arguments()) {}

Result<std::optional<WriteOutcome>> BatchWrite::run(std::string_view sha) {
  std::optional<Error> failure;
  size_t sent = 0;
  size_t taken = 0;
  while (taken < sent || (next_ < batch_.images.size() && !failure)) {
    if (next_ < batch_.images.size() && !failure && sent - taken < calls_.size()) {
      Call& call = calls_[sent % calls_.size()];
      const Result<void> filled = fill(call);
      if (!filled.ok()) {
        failure = filled.error();
        continue;
      }
      if (call.images.empty()) continue;
      TRY(send(call, sha));
      ++sent;
      continue;
    }
    const Reply reply = TRY(connection_.receive());
    const Result<void> accepted = take(calls_[taken++ % calls_.size()], *reply);
    if (!accepted.ok() && !failure) failure = accepted.error();
  }
  if (is_script_missing_) return std::optional<WriteOutcome>();
  if (failure) return *failure;
  return std::optional<WriteOutcome>(std::move(outcome_));
}

Result<void> BatchWrite::fill(Call& call) {
  call.images.clear();
  call.records.clear();
  call.tombstones.clear();
  call.contents.clear();
  while (next_ < batch_.images.size() && call.images.size() < kRecordsPerCall &&
         call.contents.bytes().size() < kCallBytes) {
    TRY(add(batch_.images[next_], call));
    ++next_;
  }
  return {};
}

Result<void> BatchWrite::add(const Image& image, Call& call) {
  content_.clear();
  if (image.record) {
    layout_.add_content(*image.record, batch_.revision, content_);
  } else {
    content_.add("-");
  }
  const size_t bytes = content_.bytes().size();
  if (bytes > document_bytes_max_) {
    refuse(next_, OwedReason::kTooLarge,
           fmt::format("has {} bytes, more than document_bytes_max ({}); shorten the document",
                       bytes, document_bytes_max_));
    return {};
  }
  key_.assign(kTombstonePrefix);
  TRY(layout_.keys().expand(image.key, key_));
  call.tombstones.add(key_);
  call.records.add(std::string_view(key_).substr(kTombstonePrefix.size()));
  call.contents.add(content_);
  call.images.push_back(next_);
  return {};
}

Result<void> BatchWrite::send(const Call& call, std::string_view sha) {
  Arguments begin{"EVALSHA", sha};
  begin.add_number(2 + call.records.count() + call.tombstones.count());
  begin.add(layout_.state_key());
  begin.add(layout_.floor_key());
  const size_t count = begin.count() + call.records.count() + call.tombstones.count() +
                       head_.count() + call.contents.count();
  const std::string header = Arguments::header(count);
  const std::string_view parts[] = {
      header,        begin.bytes(),        call.records.bytes(), call.tombstones.bytes(),
      head_.bytes(), call.contents.bytes()};
  return connection_.send(parts);
}

Result<void> BatchWrite::take(const Call& call, const redisReply& reply) {
  const std::string_view answer = text_of(reply);
  if (is_error(reply)) {
    is_script_missing_ = is_script_missing_ || is_script_missing(answer);
    return connection_.error_of(reply);
  }
  const size_t count_of = call.images.size();
  const auto writes =
      answer.size() > count_of ? parse_revision(answer.substr(count_of + 1)) : std::nullopt;
  if (!writes || answer[count_of] != ':' || answer.starts_with('!')) {
    return error_of_answer(answer, batch_.plan, connection_.where());
  }
  for (size_t i = 0; i < count_of; ++i) count(call.images[i], Verdict(answer[i]));
  outcome_.writes = writes->value;
  return {};
}

void BatchWrite::count(size_t image, Verdict verdict) {
  switch (verdict) {
    case Verdict::kWritten:
      ++outcome_.written;
      return;
    case Verdict::kRemoved:
      ++outcome_.removed;
      return;
    case Verdict::kOlder:
      ++outcome_.older;
      return;
    case Verdict::kForeign:
      return refuse(image, OwedReason::kRefused,
                    "was not written by Syncline (no _revision); rename or delete it");
    case Verdict::kWrongType:
      return refuse(image, OwedReason::kRefused,
                    "is of another Redis type than Syncline writes; rename or delete it");
  }
}

void BatchWrite::refuse(size_t image, OwedReason reason, std::string_view why) {
  std::string key;
  if (!layout_.keys().expand(batch_.images[image].key, key).ok()) {
    key = batch_.images[image].key.value;
  }
  outcome_.refused.push_back({image, reason, fmt::format("{} in Redis {}", key, why)});
}

}  // namespace syncline::redis
