#include "document/schema.h"

#include <strings.h>

#include <algorithm>

namespace syncline::document {

namespace {

bool equals_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool leads_with(const Index& index, const std::vector<std::string>& columns) {
  if (index.columns.size() < columns.size()) return false;
  const auto leading = std::ranges::subrange(
      index.columns.begin(), index.columns.begin() + static_cast<ptrdiff_t>(columns.size()));
  return std::ranges::all_of(columns, [&](const std::string& column) {
    return std::ranges::any_of(
        leading, [&](const std::string& part) { return equals_ignoring_case(part, column); });
  });
}

}  // namespace

const Column* Table::column(std::string_view name) const {
  for (const Column& column : columns) {
    if (equals_ignoring_case(column.name, name)) return &column;
  }
  return nullptr;
}

bool Table::has_index_on(const std::vector<std::string>& columns) const {
  return std::ranges::any_of(indexes,
                             [&](const Index& index) { return leads_with(index, columns); });
}

const Table* Schema::table(const TableName& name) const {
  for (const Table& table : tables) {
    if (table.name == name) return &table;
  }
  return nullptr;
}

std::vector<std::string> Schema::table_names() const {
  std::vector<std::string> names;
  for (const Table& table : tables) names.push_back(table.name.value);
  return names;
}

}  // namespace syncline::document
