#include "document/type_parse.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <vector>

namespace syncline::document {

namespace {

struct Known {
  TypeKind kind;
  uint32_t length;  ///< when the declaration says none
};

const Known* known(std::string_view word) {
  static const std::map<std::string_view, Known> kTypes = {
      {"tinyint", {TypeKind::kInteger, 1}},
      {"smallint", {TypeKind::kInteger, 2}},
      {"mediumint", {TypeKind::kInteger, 3}},
      {"int", {TypeKind::kInteger, 4}},
      {"bigint", {TypeKind::kInteger, 8}},
      {"year", {TypeKind::kUnsigned, 1}},
      {"float", {TypeKind::kFloat, 4}},
      {"double", {TypeKind::kDouble, 8}},
      {"decimal", {TypeKind::kDecimal, 10}},
      {"char", {TypeKind::kText, 1}},
      {"varchar", {TypeKind::kText, 0}},
      {"tinytext", {TypeKind::kText, 255}},
      {"text", {TypeKind::kText, 65'535}},
      {"mediumtext", {TypeKind::kText, 16'777'215}},
      {"longtext", {TypeKind::kText, 4'294'967'295}},
      {"binary", {TypeKind::kBinary, 1}},
      {"varbinary", {TypeKind::kBinary, 0}},
      {"tinyblob", {TypeKind::kBinary, 255}},
      {"blob", {TypeKind::kBinary, 65'535}},
      {"mediumblob", {TypeKind::kBinary, 16'777'215}},
      {"longblob", {TypeKind::kBinary, 4'294'967'295}},
      {"bit", {TypeKind::kBit, 1}},
      {"date", {TypeKind::kDate, 0}},
      {"datetime", {TypeKind::kDateTime, 0}},
      {"timestamp", {TypeKind::kTimestamp, 0}},
      {"time", {TypeKind::kTime, 0}},
      {"enum", {TypeKind::kEnum, 0}},
      {"set", {TypeKind::kSet, 0}},
      {"json", {TypeKind::kJson, 4'294'967'295}},
  };
  const auto found = kTypes.find(word);
  return found == kTypes.end() ? nullptr : &found->second;
}

/// The numbers in parentheses: "(10,2)" gives 10 and 2.
std::vector<uint32_t> numbers_of(std::string_view arguments) {
  std::vector<uint32_t> numbers;
  const char* at = arguments.data();
  const char* const end = at + arguments.size();
  while (at < end) {
    uint32_t number = 0;
    const auto parsed = std::from_chars(at, end, number);
    if (parsed.ec != std::errc()) break;
    numbers.push_back(number);
    at = parsed.ptr + 1;
  }
  return numbers;
}

/// Characters of each label of "'a','it''s'".
std::vector<uint32_t> label_lengths(std::string_view labels) {
  std::vector<uint32_t> lengths;
  bool is_inside = false;
  for (size_t i = 0; i < labels.size(); ++i) {
    const bool is_doubled = is_inside && labels.substr(i, 2) == "''";
    if (labels[i] == '\'' && !is_doubled) {
      is_inside = !is_inside;
      if (is_inside) lengths.push_back(0);
    } else if (is_inside && (static_cast<unsigned char>(labels[i]) & 0xC0) != 0x80) {
      ++lengths.back();
    }
    if (is_doubled) ++i;
  }
  return lengths;
}

void read_arguments(std::string_view arguments, ColumnType& type) {
  if (type.kind == TypeKind::kEnum || type.kind == TypeKind::kSet) {
    uint32_t sum = 0;
    for (const uint32_t length : label_lengths(arguments)) {
      sum += length + (sum > 0 ? 1 : 0);
      type.length = std::max(type.length, type.kind == TypeKind::kSet ? sum : length);
    }
    return;
  }
  const std::vector<uint32_t> numbers = numbers_of(arguments);
  if (numbers.empty()) return;
  switch (type.kind) {
    case TypeKind::kDecimal:
      type.length = numbers[0];
      type.scale = static_cast<uint8_t>(numbers.size() > 1 ? numbers[1] : 0);
      return;
    case TypeKind::kText:
    case TypeKind::kBinary:
    case TypeKind::kBit:
      type.length = numbers[0];
      return;
    case TypeKind::kDateTime:
    case TypeKind::kTimestamp:
    case TypeKind::kTime:
      type.scale = static_cast<uint8_t>(numbers[0]);
      return;
    default:  // display widths: int(10), year(4), float(7,3)
      return;
  }
}

}  // namespace

ColumnType parse_type(std::string_view declared, std::string_view charset,
                      std::string_view collation, bool is_nullable, bool is_json) {
  ColumnType type;
  type.declared = declared;
  type.is_nullable = is_nullable;
  const size_t word_end = std::min(declared.find_first_of(" ("), declared.size());
  const Known* found = known(declared.substr(0, word_end));
  if (found == nullptr) return type;
  type.kind = is_json ? TypeKind::kJson : found->kind;
  type.length = found->length;
  type.charset = charset;
  type.collation = collation;
  std::string_view attributes = declared.substr(word_end);
  if (attributes.starts_with('(')) {
    const size_t close = attributes.rfind(')');  // an ENUM's labels may hold parentheses
    read_arguments(attributes.substr(1, close - 1), type);
    attributes = attributes.substr(std::min(close, attributes.size()));
  }
  if (type.kind == TypeKind::kInteger && attributes.find("unsigned") != std::string_view::npos)
    type.kind = TypeKind::kUnsigned;
  return type;
}

}  // namespace syncline::document
