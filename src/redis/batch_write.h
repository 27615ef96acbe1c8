#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "ports/target.h"
#include "redis/connection.h"
#include "redis/record_redis.h"
#include "redis/resp.h"
#include "redis/script.h"

namespace syncline::redis {

/// What every guarded script call carries first (script.h).
struct CallHead {
  Revision revision;
  uint64_t deadline = 0;  ///< by the server's clock, microseconds since 1970
  const ports::Identity& identity;
  std::chrono::milliseconds tombstone_ttl{};
  std::chrono::milliseconds ttl{};  ///< 0: records do not expire
  double jitter_seed = 0;           ///< 0 to 1
  uint64_t writes_before = 0;       ///< what the counter of writes was already

  Arguments arguments() const;
};

/// The Error that an answer instead of verdicts stands for.
Error error_of_answer(std::string_view answer, const DocumentPlan& plan, std::string_view where);

/// One batch on its way into Redis: script calls of some dozens of records, two of them in flight,
/// so that this side encodes while the server writes.
class BatchWrite {
 public:
  /// All borrowed.
  BatchWrite(Connection& connection, const RecordLayout& layout, const ports::WriteBatch& batch,
             const CallHead& head, uint64_t document_bytes_max);

  /// Writes everything under the script's name `sha`. Nothing: the server does not have the script;
  /// load it and write the batch again. Reads every answer before it returns, so the connection can
  /// go on.
  Result<std::optional<ports::WriteOutcome>> run(std::string_view sha);

 private:
  struct Call {
    std::vector<size_t> images;  ///< indexes into the batch
    Arguments records;
    Arguments tombstones;
    Arguments contents;
  };

  Result<void> fill(Call& call);
  Result<void> add(const ports::Image& image, Call& call);
  Result<void> send(const Call& call, std::string_view sha);
  Result<void> take(const Call& call, const redisReply& reply);
  void count(size_t image, Verdict verdict);
  void refuse(size_t image, ports::OwedReason reason, std::string_view why);

  Connection& connection_;
  const RecordLayout& layout_;
  const ports::WriteBatch& batch_;
  const uint64_t document_bytes_max_;
  const Arguments head_;
  std::array<Call, 2> calls_;
  Arguments content_;
  std::string key_;
  size_t next_ = 0;  ///< the first image that no call holds
  bool is_script_missing_ = false;
  ports::WriteOutcome outcome_;
};

}  // namespace syncline::redis
