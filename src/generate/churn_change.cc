#include "generate/churn_change.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "generate/churn_value.h"

namespace syncline::generate {
namespace {

using document::ForeignKey;
using document::TypeKind;
using mysql::quote_name;

constexpr uint64_t kOffsetMax = 1000;
constexpr unsigned kNullPercent = 15;
constexpr unsigned kOmittedPercent = 15;

// An expression whose text, as an SQL literal, equals the column's value exactly.
std::string exact(const ChurnColumn& column, const std::string& name) {
  switch (column.type.kind) {
    case TypeKind::kBinary:
      return "HEX(" + name + ")";
    case TypeKind::kBit:
      return "CAST(" + name + " AS UNSIGNED)";
    case TypeKind::kFloat:
      return name + " + 0e0";
    default:
      return name;
  }
}

std::string literal(const ChurnColumn& column, const std::optional<std::string>& text) {
  if (!text) return "NULL";
  switch (column.type.kind) {
    case TypeKind::kBinary:
      return "X'" + *text + "'";
    case TypeKind::kInteger:
    case TypeKind::kUnsigned:
    case TypeKind::kDecimal:
    case TypeKind::kBit:
    case TypeKind::kFloat:
    case TypeKind::kDouble:
      return *text;
    default:
      return mysql::quote_text(*text);
  }
}

bool is_number(const ChurnColumn& column) {
  return column.type.kind == TypeKind::kInteger || column.type.kind == TypeKind::kUnsigned;
}

}  // namespace

Result<std::optional<std::string>> ChangeMaker::sql(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::kInsert:
      return insert();
    case ChangeKind::kCopy:
      return copy();
    case ChangeKind::kUpsert:
      return upsert();
    case ChangeKind::kUpdate:
      return update();
    case ChangeKind::kUpdateMany:
      return update_many();
    case ChangeKind::kKeyChange:
      return key_change();
    case ChangeKind::kChildMove:
      return child_move();
    case ChangeKind::kDelete:
      return remove();
  }
  return Text();
}

// A value of a column of its own, for a row that is there or is to be.
std::string ChangeMaker::value(const ChurnColumn& column) {
  if (column.type.is_nullable && random_.chance(kNullPercent)) return "NULL";
  if (column.is_auto_increment) return key_number(column);
  const bool is_wide = column.is_unique || column.is_key;
  return churn_value(column.type, is_wide ? ValueSpread::kWide : ValueSpread::kNarrow, random_)
      .value_or("DEFAULT");
}

// Of an AUTO_INCREMENT column: no extremes, which would use the counter up.
std::string ChangeMaker::key_number(const ChurnColumn& column) {
  const uint64_t max = is_number(column) ? integer_max(column.type) : 1'000'000;
  const uint64_t about = std::min<uint64_t>(rows_(table_.name), 1'000'000) * 4 + 100;
  return fmt::format("{}", 1 + random_.below(std::min(max - max / 8, about)));
}

const ChurnColumn* ChangeMaker::random_column(const std::vector<const ChurnColumn*>& columns) {
  return columns.empty() ? nullptr : columns[random_.below(columns.size())];
}

std::vector<const ChurnColumn*> ChangeMaker::ordinary_columns(bool with_unique) const {
  std::vector<const ChurnColumn*> columns;
  for (const ChurnColumn& column : table_.columns) {
    const bool is_ordinary = !column.is_key && !column.is_foreign && !column.is_auto_increment &&
                             column.type.kind != TypeKind::kUnsupported;
    if (is_ordinary && (with_unique || !column.is_unique)) columns.push_back(&column);
  }
  return columns;
}

// "a = 1, b = 'x'": one to `most` columns; empty when the table has none.
std::string ChangeMaker::random_settings(bool with_unique, size_t most) {
  const auto columns = ordinary_columns(with_unique);
  Values values;
  for (size_t i = 0, count = 1 + random_.below(most); i < count; ++i) {
    if (const ChurnColumn* column = random_column(columns)) values[column->name] = value(*column);
  }
  std::vector<std::string> parts;
  for (const auto& [column, text] : values)
    parts.push_back(fmt::format("{} = {}", quote_name(column), text));
  return join(parts, ", ");
}

// Values of a random row near the lower or upper end of the index over these columns.
Result<ChangeMaker::Literals> ChangeMaker::pick(const std::string& table,
                                                const std::vector<ChurnColumn>& columns,
                                                const std::string& where) {
  std::vector<std::string> shown;
  std::vector<std::string> order;
  const std::string direction = random_.chance(50) ? " DESC" : "";
  for (const ChurnColumn& column : columns) {
    const std::string name = quote_name(column.name);
    shown.push_back(exact(column, name));
    order.push_back(name + direction);
  }
  uint64_t offset = random_.below(std::clamp<uint64_t>(rows_(table), 1, kOffsetMax));
  while (true) {
    const auto rows = TRY(session_.rows(fmt::format(
        "SELECT {} FROM {}{}{} ORDER BY {} LIMIT 1 OFFSET {}", join(shown, ", "), quote_name(table),
        where.empty() ? "" : " WHERE ", where, join(order, ", "), offset)));
    if (!rows.empty()) {
      std::vector<std::string> literals;
      for (size_t i = 0; i < columns.size(); ++i)
        literals.push_back(literal(columns[i], rows[0][i]));
      return Literals(std::move(literals));
    }
    if (offset == 0) return Literals();
    offset = random_.below(offset);
  }
}

// "a = 1 AND b = 2", naming a row that was there just now; "TRUE" where nothing names a row.
Result<std::optional<std::string>> ChangeMaker::row_condition() {
  if (table_.row_key.empty()) return rows_(table_.name) == 0 ? Text() : Text("TRUE");
  const auto literals = TRY(pick(table_.name, table_.row_key, ""));
  if (!literals) return Text();
  std::vector<std::string> parts;
  for (size_t i = 0; i < table_.row_key.size(); ++i)
    parts.push_back(fmt::format("{} = {}", quote_name(table_.row_key[i].name), (*literals)[i]));
  return Text(join(parts, " AND "));
}

bool ChangeMaker::is_one_to_one(const ForeignKey& key) const {
  return std::ranges::any_of(table_.unique_keys, [&](const std::vector<std::string>& unique) {
    return std::ranges::all_of(
        unique, [&](const std::string& column) { return is_among(column, key.columns); });
  });
}

// A first row of a table whose rows must refer to a row of the same table.
bool ChangeMaker::refer_to_itself(const ForeignKey& key, Values& values) {
  if (key.parent.value != table_.name) return false;
  for (size_t i = 0; i < key.columns.size(); ++i) {
    const ChurnColumn* referenced = table_.column(key.parent_columns[i]);
    if (!referenced) return false;
    auto& theirs = values[referenced->name];
    if (theirs.empty()) {
      theirs = referenced->is_auto_increment
                   ? key_number(*referenced)
                   : churn_value(referenced->type, ValueSpread::kWide, random_).value_or("DEFAULT");
    }
    values[key.columns[i]] = theirs;
  }
  return true;
}

// Sets the columns of a foreign key. False: no parent row is there, and NULL is not allowed.
Result<bool> ChangeMaker::choose_parent(const ForeignKey& key, Values& values) {
  std::vector<ChurnColumn> referenced;  // under the parent's names, of our types
  std::vector<std::string> conditions;
  const ChurnColumn* nullable = nullptr;
  for (size_t i = 0; i < key.columns.size(); ++i) {
    const ChurnColumn* column = table_.column(key.columns[i]);
    referenced.push_back({.name = key.parent_columns[i], .type = column->type});
    const std::string parent = quote_name(key.parent_columns[i]);
    const auto set = values.find(key.columns[i]);
    if (set == values.end()) {
      if (column->type.is_nullable) nullable = column;
      conditions.push_back(parent + " IS NOT NULL");
    } else if (set->second == "NULL") {
      return true;  // with a NULL among its columns, a foreign key asks for nothing
    } else {
      conditions.push_back(fmt::format("{} = {}", parent, set->second));
    }
  }
  if (nullable && random_.chance(kNullPercent)) {
    values[nullable->name] = "NULL";
    return true;
  }
  if (is_one_to_one(key)) {
    std::vector<std::string> matches;
    for (size_t i = 0; i < key.columns.size(); ++i)
      matches.push_back(fmt::format("taken.{} = {}.{}", quote_name(key.columns[i]),
                                    quote_name(key.parent.value),
                                    quote_name(key.parent_columns[i])));
    conditions.push_back(fmt::format("NOT EXISTS (SELECT 1 FROM {} taken WHERE {})", name(),
                                     join(matches, " AND ")));
  }
  const auto literals = TRY(pick(key.parent.value, referenced, join(conditions, " AND ")));
  if (literals) {
    for (size_t i = 0; i < key.columns.size(); ++i) values[key.columns[i]] = (*literals)[i];
    return true;
  }
  if (nullable) {
    values[nullable->name] = "NULL";
    return true;
  }
  return refer_to_itself(key, values);
}

// Values for a new row beside those given. Nothing: a parent row is missing.
Result<std::optional<ChangeMaker::Values>> ChangeMaker::new_row(Values values) {
  for (const ForeignKey& key : table_.foreign_keys) {
    if (!TRY(choose_parent(key, values))) return std::optional<Values>();
  }
  for (const ChurnColumn& column : table_.columns) {
    if (values.contains(column.name)) continue;
    // The default of a key may be a zero date, which no document can bear.
    const bool is_left_out = column.is_auto_increment ? random_.chance(85)
                                                      : column.is_omittable && !column.is_key &&
                                                            random_.chance(kOmittedPercent);
    values[column.name] = is_left_out ? "DEFAULT" : value(column);
  }
  return std::optional<Values>(std::move(values));
}

Result<std::optional<std::string>> ChangeMaker::insert() {
  std::vector<std::string> columns;
  for (const ChurnColumn& column : table_.columns) columns.push_back(quote_name(column.name));
  std::vector<std::string> rows;
  const size_t count = random_.chance(15) ? 2 + random_.below(3) : 1;
  for (size_t i = 0; i < count; ++i) {
    const auto row = TRY(new_row({}));
    if (!row) break;
    std::vector<std::string> values;
    for (const ChurnColumn& column : table_.columns) values.push_back(row->at(column.name));
    rows.push_back("(" + join(values, ", ") + ")");
  }
  if (rows.empty()) return Text();
  return Text(
      fmt::format("INSERT INTO {} ({}) VALUES {}", name(), join(columns, ", "), join(rows, ", ")));
}

Result<std::optional<std::string>> ChangeMaker::copy() {
  const auto condition = TRY(row_condition());
  if (!condition) return insert();
  Values values;
  for (const ForeignKey& key : table_.foreign_keys) {
    if (is_one_to_one(key) && !TRY(choose_parent(key, values))) return Text();
  }
  const ChurnColumn* changed = random_column(ordinary_columns(false));
  std::vector<std::string> columns;
  std::vector<std::string> sources;
  for (const ChurnColumn& column : table_.columns) {
    if (column.is_auto_increment) continue;
    columns.push_back(quote_name(column.name));
    const bool is_other =
        (column.is_unique || column.is_key) && !column.is_foreign && !values.contains(column.name);
    if (is_other || &column == changed) values[column.name] = value(column);
    const auto set = values.find(column.name);
    const bool is_kept = set == values.end() || set->second == "DEFAULT";
    sources.push_back(is_kept ? columns.back() : set->second);
  }
  if (columns.empty()) return insert();
  return Text(fmt::format("INSERT INTO {} ({}) SELECT {} FROM {} WHERE {} LIMIT 1", name(),
                          join(columns, ", "), join(sources, ", "), name(), *condition));
}

Result<std::optional<std::string>> ChangeMaker::upsert() {
  const std::string settings = random_settings(false, 2);
  Values values;
  if (!table_.row_key.empty() && random_.chance(60)) {
    const auto literals = TRY(pick(table_.name, table_.row_key, ""));
    for (size_t i = 0; literals && i < table_.row_key.size(); ++i) {
      const std::string& column = table_.row_key[i].name;
      if (table_.column(column)) values[column] = (*literals)[i];  // a generated one cannot be set
    }
  }
  const auto row = TRY(new_row(std::move(values)));
  if (!row || settings.empty()) return Text();
  std::vector<std::string> columns;
  std::vector<std::string> literals;
  for (const auto& [column, text] : *row) {
    columns.push_back(quote_name(column));
    literals.push_back(text);
  }
  return Text(fmt::format("INSERT INTO {} ({}) VALUES ({}) ON DUPLICATE KEY UPDATE {}", name(),
                          join(columns, ", "), join(literals, ", "), settings));
}

Result<std::optional<std::string>> ChangeMaker::update() {
  const std::string settings = random_settings(true, 3);
  if (settings.empty()) return child_move();
  const auto condition = TRY(row_condition());
  if (!condition) return Text();
  return Text(fmt::format("UPDATE {} SET {} WHERE {} LIMIT 1", name(), settings, *condition));
}

Result<std::optional<std::string>> ChangeMaker::update_many() {
  const std::string settings = random_settings(false, 2);
  if (settings.empty()) return Text();
  const size_t count = 2 + random_.below(5);
  if (table_.row_key.empty())
    return Text(fmt::format("UPDATE {} SET {} LIMIT {}", name(), settings, count));
  const ChurnColumn& first = table_.row_key.front();
  const auto literals = TRY(pick(table_.name, {first}, ""));
  if (!literals) return Text();
  std::vector<std::string> order;
  for (const ChurnColumn& column : table_.row_key) order.push_back(quote_name(column.name));
  return Text(fmt::format("UPDATE {} SET {} WHERE {} >= {} ORDER BY {} LIMIT {}", name(), settings,
                          order.front(), (*literals)[0], join(order, ", "), count));
}

Result<std::optional<std::string>> ChangeMaker::key_change() {
  std::vector<const ChurnColumn*> columns;
  for (const ChurnColumn& column : table_.columns) {
    const bool is_plain = !column.is_foreign && column.type.kind != TypeKind::kUnsupported;
    if (column.is_key && is_plain) columns.push_back(&column);
  }
  const ChurnColumn* column = random_column(columns);
  if (!column) return child_move();
  const auto condition = TRY(row_condition());
  if (!condition) return Text();
  return Text(fmt::format("UPDATE {} SET {} = {} WHERE {} LIMIT 1", name(),
                          quote_name(column->name), value(*column), *condition));
}

Result<std::optional<std::string>> ChangeMaker::child_move() {
  if (table_.foreign_keys.empty()) return Text();
  const ForeignKey& key = table_.foreign_keys[random_.below(table_.foreign_keys.size())];
  const auto condition = TRY(row_condition());
  if (!condition) return Text();
  Values values;
  if (!TRY(choose_parent(key, values))) return Text();
  std::vector<std::string> parts;
  for (const auto& [column, text] : values) {
    const bool is_moved = is_among(column, key.columns);  // not the key that it may refer to
    if (is_moved) parts.push_back(fmt::format("{} = {}", quote_name(column), text));
  }
  return Text(
      fmt::format("UPDATE {} SET {} WHERE {} LIMIT 1", name(), join(parts, ", "), *condition));
}

// Whether deleting the row would delete much of another table.
Result<bool> ChangeMaker::takes_too_many(const std::vector<ForeignKey>& hops,
                                         const std::string& condition) {
  std::string where = condition;
  for (const ForeignKey& key : hops) {
    std::vector<std::string> children;
    std::vector<std::string> parents;
    for (size_t i = 0; i < key.columns.size(); ++i) {
      children.push_back(quote_name(key.columns[i]));
      parents.push_back(quote_name(key.parent_columns[i]));
    }
    where = fmt::format("({}) IN (SELECT {} FROM {} WHERE {})", join(children, ", "),
                        join(parents, ", "), quote_name(key.parent.value), where);
  }
  const std::string& last = hops.back().table.value;
  const auto count =
      TRY(session_.value(fmt::format("SELECT COUNT(*) FROM {} WHERE {}", quote_name(last), where)));
  const uint64_t taken = std::stoull(count.value_or("0"));
  cascaded_[last] += taken;
  const uint64_t rows = rows_(last);
  return taken > 0 && (taken >= rows || (taken > 2 && taken * 10 > rows));
}

Result<std::optional<std::string>> ChangeMaker::remove() {
  const auto condition = TRY(row_condition());
  if (!condition) return Text();
  for (const auto& hops : table_.cascades) {
    if (TRY(takes_too_many(hops, *condition))) return Text();
  }
  return Text(fmt::format("DELETE FROM {} WHERE {} LIMIT 1", name(), *condition));
}

}  // namespace syncline::generate
