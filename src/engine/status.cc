#include "engine/status.h"

#include "base/json.h"
#include "base/log.h"
#include "base/text.h"
#include "document/json.h"

namespace syncline::engine {
namespace {

std::string quoted(const std::string& text) {
  std::string out;
  document::append_json_string(is_utf8(text) ? text : "0x" + hex(text), out);
  return out;
}

std::string json_of(const TargetStatus& target) {
  return fmt::format(R"({{"target":{},"is_up":{},"reason":{},"away_seconds":{:.3f},"lost_at":{}}})",
                     quoted(target.target), target.is_up, quoted(target.reason),
                     target.away_seconds, quoted(target.lost_at));
}

std::string json_of(const LoadStatus& load) {
  return fmt::format(R"({{"document":{},"documents":{},"is_cleaning":{}}})", quoted(load.document),
                     load.documents, load.is_cleaning);
}

std::string json_of(const DocumentStatus& document) {
  return fmt::format(
      R"({{"document":{},"target":{},"phase":{},"records":{},"owed":{},"verdict":{},)"
      R"("verified_at":{}}})",
      quoted(document.document), quoted(document.target), quoted(document.phase), document.records,
      document.owed, quoted(document.verdict), quoted(document.verified_at));
}

template <typename T>
std::string json_list(const std::vector<T>& items) {
  std::vector<std::string> parts;
  for (const T& item : items) parts.push_back(json_of(item));
  return "[" + join(parts, ",") + "]";
}

// What is absent keeps its default: an engine of another version may have written it.

void read(const JsonValue& object, std::string_view name, std::string& out) {
  if (const auto* value = object.find(name)) out = value->text;
}
void read(const JsonValue& object, std::string_view name, bool& out) {
  if (const auto* value = object.find(name)) out = value->boolean;
}
void read(const JsonValue& object, std::string_view name, uint64_t& out) {
  if (const auto* value = object.find(name)) out = value->as_uint64().value_or(0);
}
void read(const JsonValue& object, std::string_view name, double& out) {
  if (const auto* value = object.find(name)) out = value->as_double().value_or(0);
}

void read(const JsonValue& object, TargetStatus& target) {
  read(object, "target", target.target);
  read(object, "is_up", target.is_up);
  read(object, "reason", target.reason);
  read(object, "away_seconds", target.away_seconds);
  read(object, "lost_at", target.lost_at);
}

void read(const JsonValue& object, LoadStatus& load) {
  read(object, "document", load.document);
  read(object, "documents", load.documents);
  read(object, "is_cleaning", load.is_cleaning);
}

void read(const JsonValue& object, DocumentStatus& document) {
  read(object, "document", document.document);
  read(object, "target", document.target);
  read(object, "phase", document.phase);
  read(object, "records", document.records);
  read(object, "owed", document.owed);
  read(object, "verdict", document.verdict);
  read(object, "verified_at", document.verified_at);
}

template <typename T>
void read_list(const JsonValue& object, std::string_view name, std::vector<T>& out) {
  const auto* list = object.find(name);
  if (!list) return;
  for (const JsonValue& element : list->elements) read(element, out.emplace_back());
}

}  // namespace

std::string to_json(const Status& status) {
  return fmt::format(
      R"({{"phase":{},"host":{},"pid":{},"published_us":{},"lag_seconds":{:.3f},)"
      R"("documents_per_second":{:.1f},"documents":{},"watermark":{},"wide_rows":{},)"
      R"("held_up_by":{},"load":{},"targets":{},"documents_by_target":{}}})",
      quoted(status.phase), quoted(status.host), status.pid, status.published_us,
      status.lag_seconds, status.documents_per_second, status.documents, status.watermark,
      status.wide_rows, quoted(status.held_up_by), json_of(status.load), json_list(status.targets),
      json_list(status.documents_by_target));
}

Result<Status> status_from_json(const std::string& text) {
  const auto parsed = parse_json(text);
  if (!parsed.ok() || parsed->kind != JsonValue::Kind::kObject) {
    return corrupt("the published status of the engine cannot be read",
                   "is the engine of another version? it publishes again each second");
  }
  const JsonValue& object = *parsed;
  Status status;
  uint64_t pid = 0;
  read(object, "phase", status.phase);
  read(object, "host", status.host);
  read(object, "pid", pid);
  status.pid = static_cast<int>(pid);
  read(object, "published_us", status.published_us);
  read(object, "lag_seconds", status.lag_seconds);
  read(object, "documents_per_second", status.documents_per_second);
  read(object, "documents", status.documents);
  read(object, "watermark", status.watermark);
  read(object, "wide_rows", status.wide_rows);
  read(object, "held_up_by", status.held_up_by);
  if (const auto* load = object.find("load")) read(*load, status.load);
  read_list(object, "targets", status.targets);
  read_list(object, "documents_by_target", status.documents_by_target);
  return status;
}

}  // namespace syncline::engine
