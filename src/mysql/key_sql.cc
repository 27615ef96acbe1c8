#include "mysql/key_sql.h"

#include <algorithm>
#include <variant>

#include "mysql/connection.h"
#include "mysql/encoding_sql.h"

namespace syncline::mysql {
namespace {

using document::KeyColumn;
using document::KeyLayout;
using document::TypeKind;
using document::Value;

std::string column_sql(const KeyColumn& column, std::string_view row) {
  return std::string(row) + '.' + quote_name(column.name);
}

bool has_null(const KeyValues& values) {
  return std::ranges::any_of(
      values, [](const Value& v) { return std::holds_alternative<std::monostate>(v); });
}

// The labels of "enum('a','b''c')".
std::vector<std::string> labels_of(const std::string& declared) {
  std::vector<std::string> labels;
  size_t i = declared.find('\'');
  while (i < declared.size()) {
    std::string label;
    for (++i; i < declared.size(); ++i) {
      if (declared[i] == '\'' && (i + 1 >= declared.size() || declared[++i] != '\'')) break;
      label += declared[i];
    }
    labels.push_back(std::move(label));
    i = declared.find('\'', i);
  }
  return labels;
}

// An index orders ENUM by ordinal, but `<` compares the labels as text: so the labels are listed.
std::string enum_side_sql(const KeyColumn& column, std::string_view row, Side side,
                          const std::string& label, bool or_equal) {
  const std::vector<std::string> labels = labels_of(column.type.declared);
  // A value that is no label is MySQL's '' with ordinal 0, below all labels.
  const auto at = std::ranges::find(labels, label);
  const bool is_listed = at != labels.end();
  std::vector<std::string> within;
  if (side == Side::kAbove) {
    within.assign(is_listed ? at + (or_equal ? 0 : 1) : labels.begin(), labels.end());
    if (!is_listed && or_equal) within.push_back(label);
  } else {
    within.emplace_back();
    if (is_listed) within.insert(within.end(), labels.begin(), at + (or_equal ? 1 : 0));
    if (!is_listed && !or_equal) within.clear();
  }
  std::vector<KeyValues> values;
  for (std::string& one : within) values.push_back({Value(std::move(one))});
  return one_of_sql({column}, row, values);
}

// The number behind a SET: no index serves it, so the index is walked (rare: a SET in a key).
std::string set_side_sql(const KeyColumn& column, std::string_view row, std::string_view sign,
                         const std::string& value) {
  const std::vector<std::string> labels = labels_of(column.type.declared);
  uint64_t bits = 0;
  for (size_t i = 0; i < labels.size(); ++i) {
    const bool is_in = ("," + value + ",").find("," + labels[i] + ",") != std::string::npos;
    if (is_in) bits |= uint64_t{1} << i;
  }
  return column_sql(column, row) + " + 0 " + std::string(sign) + ' ' + std::to_string(bits);
}

std::string side_sql(const KeyColumn& column, std::string_view row, Side side, const Value& value,
                     bool or_equal) {
  const std::string sign =
      std::string(side == Side::kAbove ? ">" : "<") + std::string(or_equal ? "=" : "");
  if (column.type.kind == TypeKind::kEnum)
    return enum_side_sql(column, row, side, std::get<std::string>(value), or_equal);
  if (column.type.kind == TypeKind::kSet)
    return set_side_sql(column, row, sign, std::get<std::string>(value));
  return column_sql(column, row) + ' ' + sign + ' ' + literal_sql(column, value);
}

}  // namespace

std::string one_of_sql(const KeyLayout& layout, std::string_view row,
                       std::span<const KeyValues> keys) {
  std::string list;
  for (const KeyValues& key : keys) {
    if (has_null(key)) continue;
    list += list.empty() ? "" : ", ";
    if (layout.size() > 1) list += '(';
    for (size_t i = 0; i < layout.size(); ++i) {
      if (i > 0) list += ", ";
      list += literal_sql(layout[i], key[i]);
    }
    if (layout.size() > 1) list += ')';
  }
  if (list.empty()) return "FALSE";
  const std::string columns = columns_sql(layout, row);
  return (layout.size() > 1 ? '(' + columns + ')' : columns) + " IN (" + list + ')';
}

std::string bound_sql(const KeyLayout& layout, std::string_view row, Side side,
                      const KeyValues& bound) {
  // (a, b) > (?, ?) in the OR form; the first line lets every optimizer enter the index at the
  // bound.
  std::string sql;
  for (size_t last = layout.size(); last-- > 0;) {
    const bool or_equal = side == Side::kUpTo && last + 1 == layout.size();
    const std::string here = side_sql(layout[last], row, side, bound[last], or_equal);
    if (last + 1 == layout.size()) {
      sql = here;
      continue;
    }
    sql = '(' + here + " OR (" + column_sql(layout[last], row) + " = " +
          literal_sql(layout[last], bound[last]) + " AND " + sql + "))";
  }
  if (layout.size() == 1) return sql;
  return side_sql(layout[0], row, side, bound[0], true) + " AND " + sql;
}

std::string columns_sql(const KeyLayout& layout, std::string_view row) {
  std::string sql;
  for (const KeyColumn& column : layout) {
    if (!sql.empty()) sql += ", ";
    sql += column_sql(column, row);
  }
  return sql;
}

}  // namespace syncline::mysql
