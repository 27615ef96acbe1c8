// How fast one connection can read rows of MySQL into nothing: the limit that reading is compared
// with (./dev bench drain).
//
//   raw_read text|binary PORT DATABASE SQL...     prints rows and seconds

#include <mysql.h>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

[[noreturn]] void fail(const char* why) {
  std::fprintf(stderr, "raw_read: %s\n", why);
  std::exit(1);
}

uint64_t read_text(MYSQL* connection, const char* sql) {
  if (mysql_query(connection, sql) != 0) fail(mysql_error(connection));
  MYSQL_RES* result = mysql_use_result(connection);
  if (result == nullptr) fail(mysql_error(connection));
  uint64_t rows = 0;
  while (mysql_fetch_row(result) != nullptr) ++rows;
  mysql_free_result(result);
  return rows;
}

uint64_t read_binary(MYSQL* connection, const char* sql) {
  MYSQL_STMT* statement = mysql_stmt_init(connection);
  if (mysql_stmt_prepare(statement, sql, std::strlen(sql)) != 0) fail(mysql_stmt_error(statement));
  if (mysql_stmt_execute(statement) != 0) fail(mysql_stmt_error(statement));
  constexpr size_t kLength = 256;
  const unsigned count = mysql_stmt_field_count(statement);
  std::vector<std::vector<char>> buffers(count, std::vector<char>(kLength));
  std::vector<unsigned long> lengths(count);
  std::vector<MYSQL_BIND> binds(count);
  MYSQL_RES* columns = mysql_stmt_result_metadata(statement);
  for (unsigned i = 0; i < count; ++i) {
    binds[i].buffer_type =
        mysql_fetch_field_direct(columns, i)->type;  // as it comes: no conversion
    binds[i].buffer = buffers[i].data();
    binds[i].buffer_length = kLength;
    binds[i].length = &lengths[i];
  }
  mysql_free_result(columns);
  if (mysql_stmt_bind_result(statement, binds.data())) fail(mysql_stmt_error(statement));
  uint64_t rows = 0;
  for (int code = mysql_stmt_fetch(statement); code != MYSQL_NO_DATA;
       code = mysql_stmt_fetch(statement)) {
    if (code == 1) fail(mysql_stmt_error(statement));
    ++rows;
  }
  mysql_stmt_close(statement);
  return rows;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 5) fail("usage: raw_read text|binary PORT DATABASE SQL...");
  const bool is_text = std::string(argv[1]) == "text";
  MYSQL* connection = mysql_init(nullptr);
  mysql_options(connection, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  if (mysql_real_connect(connection, "127.0.0.1", "root", "", argv[3], std::atoi(argv[2]), nullptr,
                         0) == nullptr) {
    fail(mysql_error(connection));
  }
  uint64_t rows = 0;
  const auto begun = std::chrono::steady_clock::now();
  for (int i = 4; i < argc; ++i)
    rows += is_text ? read_text(connection, argv[i]) : read_binary(connection, argv[i]);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
  mysql_close(connection);
  std::printf("%llu %.6f\n", static_cast<unsigned long long>(rows), took.count());
}
