#include "mysql/statement.h"

#include <algorithm>
#include <string>

#include "document/scalar_text.h"
#include "mysql/errors.h"
#include "mysql/handles.h"

namespace syncline::mysql {
namespace {

using document::ColumnType;
using document::TypeKind;
using document::Value;

constexpr int64_t kMicrosPerSecond = 1'000'000;
constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

// A longer value is fetched again, straight into its string.
constexpr unsigned long kTextBytes = 1024;

/// Where the driver puts one column of the current row.
struct Cell {
  union {
    int64_t integer;
    uint64_t natural;
    float real32;
    double real64;
    MYSQL_TIME time;
  };
  std::unique_ptr<char[]> text;
  unsigned long length = 0;
  my_bool is_null = 0;
  my_bool is_inexact = 0;

  Cell() : integer(0) {}
};

enum_field_types driver_type(TypeKind kind) {
  switch (kind) {
    case TypeKind::kInteger:
    case TypeKind::kUnsigned:
      return MYSQL_TYPE_LONGLONG;
    case TypeKind::kFloat:
      return MYSQL_TYPE_FLOAT;
    case TypeKind::kDouble:
      return MYSQL_TYPE_DOUBLE;
    case TypeKind::kDate:
    case TypeKind::kDateTime:
    case TypeKind::kTimestamp:
      return MYSQL_TYPE_DATETIME;
    case TypeKind::kTime:
      return MYSQL_TYPE_TIME;
    case TypeKind::kBinary:
    case TypeKind::kBit:
      return MYSQL_TYPE_BLOB;
    case TypeKind::kDecimal:
    case TypeKind::kText:
    case TypeKind::kEnum:
    case TypeKind::kSet:
    case TypeKind::kJson:
    case TypeKind::kUnsupported:
      return MYSQL_TYPE_STRING;
  }
  return MYSQL_TYPE_STRING;
}

bool is_textual(enum_field_types type) {
  return type == MYSQL_TYPE_STRING || type == MYSQL_TYPE_BLOB;
}

void bind(const ColumnType& type, Cell& cell, MYSQL_BIND& bound) {
  bound.buffer_type = driver_type(type.kind);
  bound.is_unsigned = type.kind == TypeKind::kUnsigned;
  bound.is_null = &cell.is_null;
  bound.error = &cell.is_inexact;
  bound.length = &cell.length;
  if (is_textual(bound.buffer_type)) {
    cell.text = std::make_unique<char[]>(kTextBytes);
    bound.buffer = cell.text.get();
    bound.buffer_length = kTextBytes;
  } else {
    bound.buffer = &cell.integer;
    bound.buffer_length = sizeof(MYSQL_TIME);
  }
}

bool is_calendar_date(const MYSQL_TIME& time) {
  static constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (time.month < 1 || time.month > 12 || time.day < 1) return false;
  const bool is_leap = time.year % 4 == 0 && (time.year % 100 != 0 || time.year % 400 == 0);
  return time.day <= kDays[time.month - 1] + (time.month == 2 && is_leap ? 1 : 0);
}

int64_t clock_micros(const MYSQL_TIME& time) {
  const int64_t hours = int64_t{time.day} * 24 + time.hour;
  return ((hours * 60 + time.minute) * 60 + time.second) * kMicrosPerSecond +
         static_cast<int64_t>(time.second_part);
}

Value date_value(TypeKind kind, MYSQL_TIME time) {
  if (!is_calendar_date(time)) return {};
  const int64_t days = document::days_from_civil(static_cast<int>(time.year), time.month, time.day);
  if (kind == TypeKind::kDate) return days;
  time.day = 0;
  return days * kMicrosPerDay + clock_micros(time);
}

}  // namespace

struct Statement::Rep {
  Connection* connection = nullptr;
  std::span<const ColumnType> types;
  std::vector<Cell> cells;
  std::vector<MYSQL_BIND> binds;
  StatementHandle statement;

  Error fail() const {
    return error_of(mysql_stmt_errno(statement.get()), mysql_stmt_error(statement.get()),
                    connection->where());
  }
  std::string long_text(size_t column) const;
};

Statement::Statement(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
Statement::Statement(Statement&&) noexcept = default;
Statement& Statement::operator=(Statement&&) noexcept = default;
Statement::~Statement() = default;

Result<Statement> Statement::run(Connection& connection, std::string_view sql,
                                 std::span<const ColumnType> types) {
  if (!connection.is_open()) return transient(connection.where() + ": the connection is closed");
  auto rep = std::make_unique<Rep>();
  rep->connection = &connection;
  rep->types = types;
  rep->statement.reset(mysql_stmt_init(static_cast<MYSQL*>(connection.native())));
  MYSQL_STMT* statement = rep->statement.get();
  CHECK(statement != nullptr);
  if (mysql_stmt_prepare(statement, sql.data(), sql.size()) != 0) return rep->fail();
  if (mysql_stmt_field_count(statement) != types.size()) {
    return corrupt(connection.where() + ": a SELECT of " + std::to_string(types.size()) +
                   " columns returns " + std::to_string(mysql_stmt_field_count(statement)));
  }
  if (mysql_stmt_execute(statement) != 0) return rep->fail();
  rep->cells = std::vector<Cell>(types.size());
  rep->binds.resize(types.size());
  for (size_t i = 0; i < types.size(); ++i) bind(types[i], rep->cells[i], rep->binds[i]);
  if (mysql_stmt_bind_result(statement, rep->binds.data()) != 0) return rep->fail();
  return Statement(std::move(rep));
}

Result<bool> Statement::next() {
  const int fetched = mysql_stmt_fetch(rep_->statement.get());
  if (fetched == 0) return true;
  if (fetched == MYSQL_NO_DATA) return false;
  if (fetched != MYSQL_DATA_TRUNCATED) return rep_->fail();
  for (size_t i = 0; i < rep_->cells.size(); ++i) {
    const bool is_lost = rep_->cells[i].is_inexact && !is_textual(rep_->binds[i].buffer_type);
    if (is_lost && !rep_->cells[i].is_null) {
      return corrupt(rep_->connection->where() + ": result column " + std::to_string(i + 1) +
                         " does not fit " + rep_->types[i].declared,
                     "the table changed: start again");
    }
  }
  return true;
}

bool Statement::is_null(size_t column) const { return rep_->cells[column].is_null != 0; }

std::string Statement::Rep::long_text(size_t column) const {
  std::string text(cells[column].length, '\0');
  unsigned long length = 0;
  my_bool is_null = 0;
  my_bool is_inexact = 0;
  MYSQL_BIND whole = binds[column];
  whole.buffer = text.data();
  whole.buffer_length = text.size();
  whole.length = &length;
  whole.is_null = &is_null;
  whole.error = &is_inexact;
  CHECK(mysql_stmt_fetch_column(statement.get(), &whole, static_cast<unsigned>(column), 0) == 0);
  return text;
}

Value Statement::value(size_t column) const {
  const Cell& cell = rep_->cells[column];
  if (cell.is_null) return {};
  const TypeKind kind = rep_->types[column].kind;
  switch (kind) {
    case TypeKind::kInteger:
      return cell.integer;
    case TypeKind::kUnsigned:
      return cell.natural;
    case TypeKind::kFloat:
      return cell.real32;
    case TypeKind::kDouble:
      return cell.real64;
    case TypeKind::kDate:
    case TypeKind::kDateTime:
    case TypeKind::kTimestamp:
      return date_value(kind, cell.time);
    case TypeKind::kTime:
      return cell.time.neg ? -clock_micros(cell.time) : clock_micros(cell.time);
    case TypeKind::kDecimal:
    case TypeKind::kText:
    case TypeKind::kBinary:
    case TypeKind::kBit:
    case TypeKind::kEnum:
    case TypeKind::kSet:
    case TypeKind::kJson:
    case TypeKind::kUnsupported:
      if (cell.length > kTextBytes) return rep_->long_text(column);
      return Value(std::in_place_type<std::string>, cell.text.get(), cell.length);
  }
  return {};
}

}  // namespace syncline::mysql
