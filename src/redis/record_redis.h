#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "config/pipeline.h"
#include "document/plan.h"
#include "document/record.h"
#include "redis/handles.h"
#include "redis/key_template.h"
#include "redis/resp.h"

namespace syncline::redis {

using document::DocumentKey;
using document::DocumentPlan;
using document::Record;
using document::Revision;

/// How records of one document type lie in Redis (docs/targets.md): their keys and their content.
/// Immutable.
class RecordLayout {
 public:
  static Result<std::unique_ptr<const RecordLayout>> make(const DocumentPlan& plan,
                                                          const config::RedisConfig& config);

  /// True when made from this very plan.
  bool is_of(const DocumentPlan& plan) const { return plan.root.shape == shape_; }

  const KeyTemplate& keys() const { return keys_; }
  const std::string& state_key() const { return state_key_; }
  const std::string& floor_key() const { return floor_key_; }

  /// Adds the number of arguments that hold the record's content, then these: name and value of
  /// each field for a hash (not `_revision`), one text for JSON (with `_revision`).
  void add_content(const Record& record, Revision revision, Arguments& out) const;

  /// The digest of the content that a record written from this would have.
  Digest expected(const Record& record) const;

 private:
  RecordLayout(const DocumentPlan& plan, config::RedisForm form, KeyTemplate keys);
  void add_fields(const Record& record, Arguments& out) const;
  void add_json(const Record& record, Revision revision, Arguments& out) const;

  const std::shared_ptr<const document::Shape> shape_;  // shared with the plan, compared by address
  const config::RedisForm form_;
  const KeyTemplate keys_;
  const std::string state_key_;
  const std::string floor_key_;
  std::vector<Arguments> names_;  ///< parallel to the shape
  std::vector<size_t> by_name_;   ///< indexes into the shape, sorted by name
};

/// Keys beginning with this are ours.
inline constexpr std::string_view kTombstonePrefix = "syncline:tombstone:";

/// What a HGETALL or GET found.
struct ParsedRecord {
  bool is_present = false;
  std::optional<Revision> revision;  ///< nothing: not a record of ours
  Digest content;
};
ParsedRecord parse_record(config::RedisForm form, const redisReply& reply);

/// A revision of ours: 1 to 16 decimal digits. The scripts hold the same rule.
std::optional<Revision> parse_revision(std::string_view text);

/// For people: `field: value` lines sorted by name (bytes that are no text as 0x...), or the JSON.
std::string show_record(const redisReply& reply);

}  // namespace syncline::redis
