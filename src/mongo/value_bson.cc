#include "mongo/value_bson.h"

#include <algorithm>
#include <limits>
#include <string>

#include "document/scalar_text.h"
#include "mongo/handles.h"
#include "mongo/json_bson.h"

namespace syncline::mongo {

using document::ColumnType;
using document::Nesting;
using document::Record;
using document::Shape;
using document::TypeKind;
using document::Value;

namespace {

int length(std::string_view name) { return static_cast<int>(name.size()); }

// The form follows from the column, not from the value: a column's values compare by one type.
void append_integer(const ColumnType& type, int64_t value, std::string_view name, bson_t* out) {
  constexpr int64_t kMin = std::numeric_limits<int32_t>::min();
  constexpr int64_t kMax = std::numeric_limits<int32_t>::max();
  if (type.declared.starts_with("bigint") || value < kMin || value > kMax) {
    bson_append_int64(out, name.data(), length(name), value);
  } else {
    bson_append_int32(out, name.data(), length(name), static_cast<int32_t>(value));
  }
}

void append_unsigned(const ColumnType& type, uint64_t value, std::string_view name, bson_t* out) {
  if (value > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    append_decimal128(std::to_string(value), name, out);
  } else if (type.declared.starts_with("int") || type.declared.starts_with("bigint") ||
             value > static_cast<uint64_t>(std::numeric_limits<int32_t>::max())) {
    bson_append_int64(out, name.data(), length(name), static_cast<int64_t>(value));
  } else {
    bson_append_int32(out, name.data(), length(name), static_cast<int32_t>(value));
  }
}

void append_text(std::string_view text, std::string_view name, bson_t* out) {
  bson_append_utf8(out, name.data(), length(name), text.data(), length(text));
}

void append_labels(std::string_view labels, std::string_view name, bson_t* out) {
  Nested array(out, name, Nested::kArray);
  for (uint32_t i = 0; !labels.empty(); ++i) {
    const size_t comma = std::min(labels.find(','), labels.size());
    append_text(labels.substr(0, comma), ArrayIndex(i).text(), array.get());
    labels.remove_prefix(std::min(comma + 1, labels.size()));
  }
}

void append_temporal(const ColumnType& type, int64_t value, std::string_view name, bson_t* out) {
  constexpr int64_t kMillisecondsPerDay = 86'400'000;
  if (type.kind == TypeKind::kDate) {
    bson_append_date_time(out, name.data(), length(name), value * kMillisecondsPerDay);
  } else if (is_bson_date(type)) {
    bson_append_date_time(out, name.data(), length(name), value / 1000);
  } else {
    std::string text;
    document::append_scalar_text(type, value, text);
    append_text(text, name, out);
  }
}

Result<void> append_embedded(const document::Field& field, const Value& value, bson_t* out) {
  const auto* rows = std::get_if<std::vector<Record>>(&value);
  if (field.nesting == Nesting::kObject) {
    if (rows == nullptr || rows->empty()) {
      bson_append_null(out, field.name.data(), length(field.name));
      return {};
    }
    Nested child(out, field.name, Nested::kDocument);
    return append_fields(*field.shape, rows->front(), child.get());
  }
  Nested array(out, field.name, Nested::kArray);
  for (size_t i = 0; rows != nullptr && i < rows->size(); ++i) {
    const ArrayIndex index(static_cast<uint32_t>(i));
    Nested child(array.get(), index.text(), Nested::kDocument);
    TRY(append_fields(*field.shape, (*rows)[i], child.get()));
  }
  return {};
}

}  // namespace

bool is_bson_date(const ColumnType& type) { return type.scale <= 3; }

bool is_decimal128(const ColumnType& type) { return type.length <= 34; }

Result<void> append_scalar(const ColumnType& type, const Value& value, std::string_view name,
                           bson_t* out) {
  if (std::holds_alternative<std::monostate>(value)) {
    bson_append_null(out, name.data(), length(name));
    return {};
  }
  switch (type.kind) {
    case TypeKind::kInteger:
      append_integer(type, std::get<int64_t>(value), name, out);
      return {};
    case TypeKind::kUnsigned:
      append_unsigned(type, std::get<uint64_t>(value), name, out);
      return {};
    case TypeKind::kFloat:
      bson_append_double(out, name.data(), length(name), std::get<float>(value));
      return {};
    case TypeKind::kDouble:
      bson_append_double(out, name.data(), length(name), std::get<double>(value));
      return {};
    case TypeKind::kDecimal:
      if (is_decimal128(type)) {
        append_decimal128(std::get<std::string>(value), name, out);
      } else {
        append_text(std::get<std::string>(value), name, out);
      }
      return {};
    case TypeKind::kText:
    case TypeKind::kEnum:
      append_text(std::get<std::string>(value), name, out);
      return {};
    case TypeKind::kSet:
      append_labels(std::get<std::string>(value), name, out);
      return {};
    case TypeKind::kBinary:
    case TypeKind::kBit: {
      const std::string& bytes = std::get<std::string>(value);
      bson_append_binary(out, name.data(), length(name), BSON_SUBTYPE_BINARY,
                         reinterpret_cast<const uint8_t*>(bytes.data()),
                         static_cast<uint32_t>(bytes.size()));
      return {};
    }
    case TypeKind::kDate:
    case TypeKind::kDateTime:
    case TypeKind::kTimestamp:
      append_temporal(type, std::get<int64_t>(value), name, out);
      return {};
    case TypeKind::kTime: {
      std::string text;
      document::append_scalar_text(type, value, text);
      append_text(text, name, out);
      return {};
    }
    case TypeKind::kJson:
      return append_json_text(std::get<std::string>(value), name, out);
    case TypeKind::kUnsupported:
      break;
  }
  return unsupported(std::string(name) + " is of type " + type.declared + ", which has no BSON");
}

Result<void> append_fields(const Shape& shape, const Record& record, bson_t* out) {
  CHECK(shape.fields.size() == record.values.size());
  for (size_t i = 0; i < shape.fields.size(); ++i) {
    const document::Field& field = shape.fields[i];
    if (field.nesting == Nesting::kScalar) {
      TRY(append_scalar(field.type, record.values[i], field.name, out));
    } else {
      TRY(append_embedded(field, record.values[i], out));
    }
  }
  return {};
}

}  // namespace syncline::mongo
