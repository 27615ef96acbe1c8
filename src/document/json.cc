#include "document/json.h"

#include <cstdint>

#include "base/text.h"
#include "document/scalar_text.h"

namespace syncline::document {

namespace {

void append_base64(std::string_view bytes, std::string& out) {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t k = 0; k < 3; ++k) {
      group = group << 8 | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0);
    }
    for (size_t k = 0; k < 4; ++k) {
      out += i + k > bytes.size() ? '=' : kAlphabet[group >> (18 - 6 * k) & 63];
    }
  }
}

/// The digits of a ZEROFILL column begin with zeros, which JSON does not allow.
void append_decimal(std::string_view digits, std::string& out) {
  if (digits.starts_with('-')) {
    out += '-';
    digits.remove_prefix(1);
  }
  while (digits.size() > 1 && digits[0] == '0' && digits[1] != '.') digits.remove_prefix(1);
  out += digits;
}

void append_labels(std::string_view labels, std::string& out) {
  out += '[';
  if (!labels.empty()) {
    for (bool is_first = true; const std::string& label : split(labels, ',')) {
      if (!is_first) out += ',';
      is_first = false;
      append_json_string(label, out);
    }
  }
  out += ']';
}

void append_scalar(const ColumnType& type, const Value& value, std::string& out) {
  switch (type.kind) {
    case TypeKind::kUnsigned:  // YEAR's text is 0000, not a JSON number
      out += std::to_string(std::get<uint64_t>(value));
      return;
    case TypeKind::kInteger:
    case TypeKind::kFloat:
    case TypeKind::kDouble:
    case TypeKind::kJson:
      return append_scalar_text(type, value, out);
    case TypeKind::kDecimal:
      return append_decimal(std::get<std::string>(value), out);
    case TypeKind::kSet:
      return append_labels(std::get<std::string>(value), out);
    case TypeKind::kText:
    case TypeKind::kEnum:
    case TypeKind::kUnsupported:
      return append_json_string(std::get<std::string>(value), out);
    case TypeKind::kBinary:
    case TypeKind::kBit:
      out += '"';
      append_base64(std::get<std::string>(value), out);
      out += '"';
      return;
    case TypeKind::kDate:
    case TypeKind::kDateTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTime:
      out += '"';
      append_scalar_text(type, value, out);
      out += '"';
  }
}

}  // namespace

void append_json_string(std::string_view text, std::string& out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  out += '"';
  size_t plain = 0;  // what needs no escape is copied in runs
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte >= 0x20 && byte != '"' && byte != '\\') continue;
    out.append(text, plain, i - plain);
    plain = i + 1;
    switch (byte) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += "\\u00";
        out += kDigits[byte >> 4];
        out += kDigits[byte & 15];
    }
  }
  out.append(text, plain, text.size() - plain);
  out += '"';
}

void append_json_value(const Field& field, const Value& value, std::string& out) {
  if (std::holds_alternative<std::monostate>(value)) {
    out += "null";
    return;
  }
  if (field.nesting == Nesting::kScalar) return append_scalar(field.type, value, out);
  const auto& rows = std::get<std::vector<Record>>(value);
  if (field.nesting == Nesting::kObject) return append_json(*field.shape, rows.at(0), out);
  out += '[';
  for (const Record& row : rows) {
    if (&row != rows.data()) out += ',';
    append_json(*field.shape, row, out);
  }
  out += ']';
}

void append_json(const Shape& shape, const Record& record, std::string& out) {
  out += '{';
  for (size_t i = 0; i < shape.fields.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(shape.fields[i].name, out);
    out += ':';
    append_json_value(shape.fields[i], record.values[i], out);
  }
  out += '}';
}

void append_json_member(std::string_view name, std::string_view text, std::string& out) {
  append_json_string(name, out);
  out += ':';
  append_json_string(text, out);
}

}  // namespace syncline::document
