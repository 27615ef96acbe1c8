#pragma once

#include <mysql.h>

#include <memory>

namespace syncline::mysql {

/// The driver's handles, freed here and nowhere else.
struct CloseSession {
  void operator()(MYSQL* session) const { mysql_close(session); }
};
using SessionHandle = std::unique_ptr<MYSQL, CloseSession>;

struct FreeResult {
  void operator()(MYSQL_RES* result) const { mysql_free_result(result); }
};
using ResultHandle = std::unique_ptr<MYSQL_RES, FreeResult>;

struct CloseStatement {
  void operator()(MYSQL_STMT* statement) const { mysql_stmt_close(statement); }
};
using StatementHandle = std::unique_ptr<MYSQL_STMT, CloseStatement>;

}  // namespace syncline::mysql
