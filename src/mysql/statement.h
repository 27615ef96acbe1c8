#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "document/record.h"
#include "document/type.h"
#include "mysql/connection.h"

namespace syncline::mysql {

/// The rows of one SELECT over the binary protocol, as they arrive (nothing is buffered), decoded
/// by the types given. NULL and dates that no calendar has (zero dates) are monostate. While it
/// lives, the connection can do nothing else; destroying it reads what is left. After an error the
/// session is of no more use: close it.
class Statement {
 public:
  /// Prepares and runs. `types`: one for each result column, outliving this. kCorrupt when the
  /// server returns another number of columns; else as errors.h.
  static Result<Statement> run(Connection& connection, std::string_view sql,
                               std::span<const document::ColumnType> types);
  Statement(Statement&&) noexcept;
  Statement& operator=(Statement&&) noexcept;
  ~Statement();

  /// Goes to the next row; false after the last one.
  Result<bool> next();

  bool is_null(size_t column) const;

  /// A column of the current row. Any column, any number of times, until next().
  document::Value value(size_t column) const;

 private:
  struct Rep;
  explicit Statement(std::unique_ptr<Rep> rep);
  std::unique_ptr<Rep> rep_;
};

}  // namespace syncline::mysql
