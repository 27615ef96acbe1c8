#include "mongo/record_bson.h"

#include <charconv>
#include <string>
#include <utility>

#include "base/text.h"
#include "mongo/handles.h"
#include "mongo/value_bson.h"

namespace syncline::mongo {

using document::ColumnType;
using document::DocumentKey;
using document::KeyColumn;
using document::KeyLayout;
using document::Revision;
using document::TypeKind;
using document::Value;

namespace {

int length(std::string_view name) { return static_cast<int>(name.size()); }

Result<void> append_component(const ColumnType& type, const Value& value, std::string_view name,
                              bson_t* out) {
  // As an array, a SET would be an _id that MongoDB refuses.
  if (type.kind == TypeKind::kSet) {
    const std::string& labels = std::get<std::string>(value);
    bson_append_utf8(out, name.data(), length(name), labels.data(), length(labels));
    return {};
  }
  return append_scalar(type, value, name, out);
}

/// The digits of a Decimal128, without an exponent: 1E-7 is 0.0000001.
std::string plain_digits(const bson_decimal128_t& decimal) {
  char text[BSON_DECIMAL128_STRING];
  bson_decimal128_to_string(&decimal, text);
  const std::string_view all(text);
  const size_t e = all.find('E');
  if (e == std::string_view::npos) return text;
  std::string digits;
  size_t places = 0;
  const bool is_negative = all.starts_with('-');
  for (const char c : all.substr(is_negative, e - is_negative)) {
    if (c != '.') digits += c;
    if (c == '.' || places > 0) ++places;
  }
  int exponent = 0;
  std::from_chars(text + e + (all[e + 1] == '+' ? 2 : 1), text + all.size(), exponent);
  exponent -= places > 0 ? static_cast<int>(places) - 1 : 0;
  if (exponent >= 0) return (is_negative ? "-" : "") + digits + std::string(exponent, '0');
  const auto scale = static_cast<size_t>(-exponent);
  if (digits.size() <= scale) digits.insert(0, scale + 1 - digits.size(), '0');
  digits.insert(digits.size() - scale, ".");
  return (is_negative ? "-" : "") + digits;
}

/// The digits of a number with `scale` of them after the point; nothing when it is no number, or
/// has others there than zeros.
std::optional<std::string> digits_of(const bson_iter_t& at, size_t scale) {
  std::string digits;
  if (BSON_ITER_HOLDS_DECIMAL128(&at)) {
    bson_decimal128_t decimal;
    bson_iter_decimal128(&at, &decimal);
    digits = plain_digits(decimal);
  } else if (BSON_ITER_HOLDS_INT(&at)) {
    digits = std::to_string(bson_iter_as_int64(&at));
  } else if (BSON_ITER_HOLDS_DOUBLE(&at)) {
    char text[400];  // the largest double has 309 digits before the point
    const auto end =
        std::to_chars(text, text + sizeof text, bson_iter_double(&at), std::chars_format::fixed);
    digits.assign(text, end.ptr);
  } else {
    return {};
  }
  size_t point = digits.find('.');
  if (point == std::string::npos) {
    point = digits.size();
    digits += '.';
  }
  const size_t end = point + 1 + scale;
  if (digits.size() > end && digits.find_first_not_of('0', end) != std::string::npos) return {};
  digits.resize(end, '0');
  if (scale == 0) digits.pop_back();
  return digits;
}

template <typename Integer>
std::optional<Value> integer_of(const bson_iter_t& at) {
  if (BSON_ITER_HOLDS_INT(&at)) {
    const int64_t number = bson_iter_as_int64(&at);
    if (!std::in_range<Integer>(number)) return {};
    return static_cast<Integer>(number);
  }
  const std::optional<std::string> digits = digits_of(at, 0);
  if (!digits) return {};
  Integer number = 0;
  const char* const end = digits->data() + digits->size();
  const auto parsed = std::from_chars(digits->data(), end, number);
  if (parsed.ec != std::errc() || parsed.ptr != end) return {};
  return number;
}

/// The text that stands for a value in an _id is also its text in a key, but for TIMESTAMP.
std::optional<Value> value_of_text(const ColumnType& type, std::string_view text) {
  ColumnType read_as = type;
  if (type.kind == TypeKind::kTimestamp) read_as.kind = TypeKind::kDateTime;
  std::string escaped;
  for (const char c : text) {
    if (c == '\\' || c == '|') escaped += '\\';
    escaped += c;
  }
  Result<std::vector<Value>> values = document::decode_key({{"", read_as}}, escaped);
  if (!values.ok()) return {};
  return std::move(values->front());
}

std::optional<Value> temporal_of(const ColumnType& type, const bson_iter_t& at) {
  constexpr int64_t kMillisecondsPerDay = 86'400'000;
  if (!BSON_ITER_HOLDS_DATE_TIME(&at)) return {};
  const int64_t milliseconds = bson_iter_date_time(&at);
  if (type.kind != TypeKind::kDate) return milliseconds * 1000;
  if (milliseconds % kMillisecondsPerDay != 0) return {};
  return milliseconds / kMillisecondsPerDay;
}

std::optional<Value> bytes_of(const bson_iter_t& at) {
  if (!BSON_ITER_HOLDS_BINARY(&at)) return {};
  bson_subtype_t subtype = BSON_SUBTYPE_BINARY;
  uint32_t size = 0;
  const uint8_t* bytes = nullptr;
  bson_iter_binary(&at, &subtype, &size, &bytes);
  return std::string(reinterpret_cast<const char*>(bytes), size);
}

std::optional<Value> component_of(const ColumnType& type, const bson_iter_t& at) {
  const bool is_date = type.kind == TypeKind::kDate ||
                       ((type.kind == TypeKind::kDateTime || type.kind == TypeKind::kTimestamp) &&
                        is_bson_date(type));
  if (is_date) return temporal_of(type, at);
  if (type.kind == TypeKind::kInteger) return integer_of<int64_t>(at);
  if (type.kind == TypeKind::kUnsigned) return integer_of<uint64_t>(at);
  if (type.kind == TypeKind::kBinary || type.kind == TypeKind::kBit) return bytes_of(at);
  if (type.kind == TypeKind::kDecimal && is_decimal128(type)) {
    const std::optional<std::string> digits = digits_of(at, type.scale);
    return digits ? value_of_text(type, *digits) : std::nullopt;
  }
  if (!BSON_ITER_HOLDS_UTF8(&at)) return {};
  uint32_t size = 0;
  const char* text = bson_iter_utf8(&at, &size);
  return value_of_text(type, {text, size});
}

}  // namespace

Result<void> append_id(const KeyLayout& layout, const DocumentKey& key, std::string_view name,
                       bson_t* out) {
  const std::vector<Value> values = TRY(document::decode_key(layout, key.value));
  if (layout.size() == 1) return append_component(layout[0].type, values[0], name, out);
  Nested id(out, name, Nested::kDocument);
  for (size_t i = 0; i < layout.size(); ++i) {
    TRY(append_component(layout[i].type, values[i], layout[i].name, id.get()));
  }
  return {};
}

std::optional<DocumentKey> key_of_id(const KeyLayout& layout, const bson_iter_t& id) {
  std::vector<Value> values;
  if (layout.size() == 1) {
    std::optional<Value> value = component_of(layout[0].type, id);
    if (!value) return {};
    values.push_back(std::move(*value));
    return DocumentKey(document::encode_key(layout, values));
  }
  bson_iter_t column;
  if (!BSON_ITER_HOLDS_DOCUMENT(&id) || !bson_iter_recurse(&id, &column)) return {};
  for (const KeyColumn& wanted : layout) {
    if (!bson_iter_next(&column) || wanted.name != bson_iter_key(&column)) return {};
    std::optional<Value> value = component_of(wanted.type, column);
    if (!value) return {};
    values.push_back(std::move(*value));
  }
  if (bson_iter_next(&column)) return {};
  return DocumentKey(document::encode_key(layout, values));
}

Result<void> encode_record(const document::DocumentPlan& plan, const document::Image& image,
                           std::optional<Revision> revision, bson_t* out) {
  bson_reinit(out);
  TRY(append_id(plan.key(), image.key, "_id", out));
  if (revision) BSON_APPEND_INT64(out, kRevisionField, static_cast<int64_t>(revision->value));
  return append_fields(plan.shape(), *image.record, out);
}

Digest content_of(const bson_t& document) {
  std::string bytes;
  bytes.reserve(document.len);
  bson_iter_t at;
  if (!bson_iter_init(&at, &document)) return {};
  while (bson_iter_next(&at)) {
    const std::string_view name = bson_iter_key(&at);
    if (name == kRevisionField || name == "_id") continue;
    bytes.append(reinterpret_cast<const char*>(at.raw) + at.off, at.next_off - at.off);
  }
  return digest_of(bytes);
}

std::optional<Revision> revision_of(const bson_t& document) {
  bson_iter_t at;
  if (!bson_iter_init_find(&at, &document, kRevisionField) || !BSON_ITER_HOLDS_INT64(&at) ||
      bson_iter_int64(&at) < 0) {
    return {};
  }
  return Revision(static_cast<uint64_t>(bson_iter_int64(&at)));
}

}  // namespace syncline::mongo
