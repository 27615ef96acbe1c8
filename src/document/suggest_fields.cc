#include "document/suggest_fields.h"

#include "base/text.h"

namespace syncline::document {

namespace {

constexpr uint32_t kDecimal128Digits = 34;
constexpr uint8_t kBsonDateDigits = 3;

using Names = std::vector<std::string>;

std::string quoted_name(std::string_view column) {
  std::string out = "`";
  for (const char c : column) out.append(c == '`' ? 2 : 1, c);
  return out + "`";
}

void note(const Names& columns, const std::string& what, std::vector<std::string>& notes) {
  if (!columns.empty()) notes.push_back(join(columns, ", ") + ": " + what);
}

}  // namespace

std::vector<std::string> notes_on_types(const Table& table) {
  Names microseconds;
  Names digits;
  Names invisible;
  for (const Column& column : table.columns) {
    const ColumnType& type = column.type;
    const bool is_moment = type.kind == TypeKind::kDateTime || type.kind == TypeKind::kTimestamp;
    if (column.is_invisible) {
      invisible.push_back(column.name);
    } else if (is_moment && type.scale > kBsonDateDigits) {
      microseconds.push_back(column.name);
    } else if (type.kind == TypeKind::kDecimal && type.length > kDecimal128Digits) {
      digits.push_back(column.name);
    }
  }
  std::vector<std::string> notes;
  note(microseconds, "text in MongoDB, whose dates have no microseconds", notes);
  note(digits, "text in MongoDB, whose numbers end at 34 digits", notes);
  note(invisible, "invisible, so \"*\" does not name it; list it under fields: to have it", notes);
  return notes;
}

SuggestedFields suggest_fields(const Table& table) {
  SuggestedFields suggested;
  bool is_all = true;
  std::vector<const Column*> renamed;
  for (const Column& column : table.columns) {
    if (column.is_invisible) continue;
    if (column.type.kind == TypeKind::kUnsupported) {
      is_all = false;
      suggested.notes.push_back(column.name + ": left out, type " + column.type.declared +
                                " is not supported yet");
    } else if (field_name(column.name) == column.name) {
      suggested.fields.push_back({.name = column.name});
      suggested.names.add(column.name);
    } else {
      renamed.push_back(&column);
    }
  }
  for (const Column* column : renamed) {
    is_all = false;
    const std::string name = suggested.names.add(field_name(column->name));
    suggested.fields.push_back({.name = name, .expression = quoted_name(column->name)});
    suggested.notes.push_back(column->name + ": called " + name +
                              ", for a record cannot have this name");
  }
  if (is_all) suggested.fields.clear();
  for (std::string& text : notes_on_types(table)) suggested.notes.push_back(std::move(text));
  return suggested;
}

}  // namespace syncline::document
