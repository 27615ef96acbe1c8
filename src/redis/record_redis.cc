#include "redis/record_redis.h"

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

#include "base/text.h"
#include "document/json.h"
#include "document/scalar_text.h"

namespace syncline::redis {

using config::RedisForm;
using document::Field;
using document::Nesting;
using document::Value;

namespace {

constexpr std::string_view kRevisionField = "_revision";
constexpr std::string_view kJsonHead = "{\"_revision\":";

/// The text of a field in a hash; nothing when the field is absent. `scratch` is overwritten where
/// the value does not hold its own text.
std::optional<std::string_view> field_text(const Field& field, const Value& value,
                                           std::string& scratch) {
  if (std::holds_alternative<std::monostate>(value)) return std::nullopt;
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  scratch.clear();
  if (field.nesting == Nesting::kScalar) {
    document::append_scalar_text(field.type, value, scratch);
  } else {
    document::append_json_value(field, value, scratch);
  }
  return scratch;
}

/// Length first: no two contents have the same bytes.
void append_measured(std::string_view text, std::string& out) {
  const auto length = static_cast<uint64_t>(text.size());
  for (int shift = 0; shift < 64; shift += 8) out += static_cast<char>(length >> shift & 0xFF);
  out += text;
}

std::vector<std::pair<std::string_view, std::string_view>> sorted_fields(const redisReply& hash) {
  std::vector<std::pair<std::string_view, std::string_view>> fields;
  for (size_t i = 0; i + 1 < hash.elements; i += 2) {
    fields.emplace_back(text_of(*hash.element[i]), text_of(*hash.element[i + 1]));
  }
  std::sort(fields.begin(), fields.end());
  return fields;
}

ParsedRecord parse_hash(const redisReply& hash) {
  ParsedRecord record{.is_present = hash.elements > 0, .revision = {}, .content = {}};
  std::string canonical;
  for (const auto& [name, value] : sorted_fields(hash)) {
    if (name == kRevisionField) {
      record.revision = parse_revision(value);
    } else {
      append_measured(name, canonical);
      append_measured(value, canonical);
    }
  }
  record.content = digest_of(canonical);
  return record;
}

ParsedRecord parse_json(std::string_view text) {
  ParsedRecord record{.is_present = true, .revision = {}, .content = {}};
  if (text.starts_with(kJsonHead)) {
    std::string_view rest = text.substr(kJsonHead.size());
    const size_t end = rest.find_first_of(",}");
    if (end != std::string_view::npos) record.revision = parse_revision(rest.substr(0, end));
    if (record.revision) text = rest.substr(end);
  }
  record.content = digest_of(text);
  return record;
}

}  // namespace

std::optional<Revision> parse_revision(std::string_view text) {
  Revision revision;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, revision.value);
  if (parsed.ec != std::errc() || parsed.ptr != end || text.size() > 16) return std::nullopt;
  return revision;
}

Result<std::unique_ptr<const RecordLayout>> RecordLayout::make(const DocumentPlan& plan,
                                                               const config::RedisConfig& config) {
  KeyTemplate keys = TRY(KeyTemplate::compile(config.key_template, plan.name, plan.key()));
  return std::unique_ptr<const RecordLayout>(new RecordLayout(plan, config.form, std::move(keys)));
}

RecordLayout::RecordLayout(const DocumentPlan& plan, RedisForm form, KeyTemplate keys)
    : shape_(plan.root.shape),
      form_(form),
      keys_(std::move(keys)),
      state_key_("syncline:state:" + keys_.scope()),
      floor_key_("syncline:floor:" + keys_.scope()),
      by_name_(shape_->fields.size()) {
  for (const Field& field : shape_->fields) names_.push_back({field.name});
  std::iota(by_name_.begin(), by_name_.end(), 0);
  std::sort(by_name_.begin(), by_name_.end(),
            [&](size_t a, size_t b) { return shape_->fields[a].name < shape_->fields[b].name; });
}

void RecordLayout::add_content(const Record& record, Revision revision, Arguments& out) const {
  if (form_ == RedisForm::kHash) {
    add_fields(record, out);
  } else {
    add_json(record, revision, out);
  }
}

void RecordLayout::add_fields(const Record& record, Arguments& out) const {
  const auto nulls = std::count_if(record.values.begin(), record.values.end(), [](const Value& v) {
    return std::holds_alternative<std::monostate>(v);
  });
  out.add_number(2 * (names_.size() - nulls));
  std::string scratch;
  for (size_t i = 0; i < names_.size(); ++i) {
    const auto text = field_text(shape_->fields[i], record.values[i], scratch);
    if (!text) continue;
    out.add(names_[i]);
    out.add(*text);
  }
}

void RecordLayout::add_json(const Record& record, Revision revision, Arguments& out) const {
  std::string json(kJsonHead);
  json += std::to_string(revision.value);
  const size_t body = json.size();
  document::append_json(*shape_, record, json);
  json[body] = ',';  // was '{'
  if (json.size() == body + 2) json.erase(body, 1);
  out.add_number(1);
  out.add(json);
}

Digest RecordLayout::expected(const Record& record) const {
  std::string canonical;
  if (form_ == RedisForm::kJson) {
    document::append_json(*shape_, record, canonical);
    const bool is_empty = canonical.size() == 2;
    canonical[0] = ',';
    return digest_of(std::string_view(canonical).substr(is_empty ? 1 : 0));
  }
  std::string scratch;
  for (const size_t i : by_name_) {
    const Field& field = shape_->fields[i];
    const auto text = field_text(field, record.values[i], scratch);
    if (!text) continue;
    append_measured(field.name, canonical);
    append_measured(*text, canonical);
  }
  return digest_of(canonical);
}

ParsedRecord parse_record(RedisForm form, const redisReply& reply) {
  switch (reply.type) {
    case REDIS_REPLY_NIL:
      return {};
    case REDIS_REPLY_STRING:
      if (form == RedisForm::kJson) return parse_json(text_of(reply));
      break;
    case REDIS_REPLY_ARRAY:
      if (form == RedisForm::kHash) return parse_hash(reply);
      break;
  }
  // A key of another Redis type: WRONGTYPE.
  return {.is_present = true, .revision = {}, .content = digest_of(text_of(reply))};
}

std::string show_record(const redisReply& reply) {
  if (reply.type != REDIS_REPLY_ARRAY) return std::string(text_of(reply));
  std::string lines;
  for (const auto& [name, value] : sorted_fields(reply)) {
    lines += name;
    lines += ": ";
    lines += is_utf8(value) ? std::string(value) : "0x" + hex(value);
    lines += '\n';
  }
  return lines;
}

}  // namespace syncline::redis
