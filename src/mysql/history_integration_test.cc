#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "base/log.h"
#include "base/text.h"
#include "mysql/capture_tables.h"
#include "mysql/reading_testing.h"

namespace syncline::mysql {
namespace {

using document::DocumentDefinition;
using document::DocumentName;
using document::NodeDefinition;
using document::NodeKind;
using document::TableName;
using ports::LogRow;

/// One writer of the application: random transactions over few keys, seeded.
class Writer {
 public:
  /// `left_out`: statements that begin so are another writer's, or nobody's.
  Writer(Connection connection, unsigned seed, std::vector<std::string> left_out)
      : connection_(std::move(connection)), random_(seed), left_out_(std::move(left_out)) {}

  /// One transaction. A refused statement (foreign key, duplicate, deadlock) takes it back.
  void transact() {
    std::vector<std::string> statements;
    for (size_t i = 1 + random_() % 3; i > 0; --i) {
      std::string sql = statement();
      while (is_left_out(sql)) sql = statement();
      statements.push_back(std::move(sql));
    }
    bool is_good = connection_.execute("START TRANSACTION").ok();
    for (const std::string& sql : statements) {
      is_good = is_good && connection_.execute(sql).ok();
      if (!is_good) refused[connection_.last_code()]++;
      if (!is_good) break;
    }
    if (is_good) ++committed;
    const bool is_kept = is_good && random_() % 8 != 0;
    need(connection_.execute(is_kept ? "COMMIT" : "ROLLBACK"));
  }

  size_t committed = 0;
  std::map<unsigned, size_t> refused;  ///< by server code

 private:
  int number(int most) { return 1 + static_cast<int>(random_() % static_cast<unsigned>(most)); }
  std::string or_null(const std::string& sql) { return random_() % 5 == 0 ? "NULL" : sql; }
  // Letters whose case the collation ignores.
  std::string code(char letter, int most) {
    const char shown = static_cast<char>(random_() % 4 == 0 ? letter - 'a' + 'A' : letter);
    return fmt::format("'{}{}'", shown, number(most));
  }
  std::string country() { return code('l', 3); }
  std::string customer() { return code('c', 5); }

  std::string statement();

  bool is_left_out(const std::string& sql) const {
    return std::ranges::any_of(left_out_,
                               [&](const std::string& start) { return sql.starts_with(start); });
  }

  Connection connection_;
  std::mt19937 random_;
  const std::vector<std::string> left_out_;
};

std::string Writer::statement() {
  const auto text = [&] { return fmt::format("'v{}'", random_() % 1000); };
  const auto on = [&](std::string_view table, int most) {
    return fmt::format("{} WHERE id = {}", table, number(most));
  };
  const auto line = [&] {
    return fmt::format("order_id = {} AND line = {}", number(8), number(3));
  };
  switch (random_() % 34) {
    case 0:
      return fmt::format("INSERT INTO customers VALUES ({}, {}, {}, {}, {}, {})", number(6),
                         customer(), or_null(country()), or_null(country()), number(2), text());
    case 1:
      return fmt::format("REPLACE INTO customers VALUES ({}, {}, {}, {}, {}, {})", number(6),
                         customer(), or_null(country()), or_null(country()), number(2), text());
    case 2:
      return fmt::format("UPDATE customers SET country = {} WHERE id = {}", or_null(country()),
                         number(6));
    case 3:
      return fmt::format("UPDATE customers SET home = {} WHERE id <= {}", or_null(country()),
                         number(6));
    case 4:
      return fmt::format("UPDATE customers SET code = {} WHERE id = {}", customer(), number(6));
    case 5:
      return fmt::format("UPDATE customers SET id = {} WHERE id = {}", number(6), number(6));
    case 6:
      return random_() % 2
                 ? "DELETE FROM " + on("customers", 6)
                 : fmt::format("UPDATE customers SET v = {} WHERE id = {}", text(), number(6));
    case 7:
      return "DELETE FROM countries WHERE id = " + country();
    case 8:
      return fmt::format("UPDATE countries SET id = {} WHERE id = {}", country(), country());
    case 9:
      return fmt::format(
          "INSERT INTO countries VALUES ({}, {}, {}) ON DUPLICATE KEY UPDATE v = {}, region = {}",
          country(), or_null(std::to_string(number(2))), text(), text(),
          or_null(std::to_string(number(2))));
    case 10:
      return fmt::format("UPDATE countries SET v = {} WHERE id = {}", text(), country());
    case 11:
      return "DELETE FROM " + on("regions", 2);
    case 12:
    case 13:
      return fmt::format("INSERT INTO regions VALUES ({}, {}) ON DUPLICATE KEY UPDATE v = {}",
                         number(2), text(), text());
    case 14:
    case 15:
      return fmt::format("INSERT IGNORE INTO orders VALUES ({}, {}, {}, {})", number(8), customer(),
                         or_null(std::to_string(number(8))), text());
    case 16:
      return fmt::format("REPLACE INTO orders VALUES ({}, {}, NULL, {})", number(8), customer(),
                         text());
    case 17:
      return fmt::format("UPDATE orders SET customer = {} WHERE id = {}", customer(), number(8));
    case 18:
      return fmt::format("UPDATE IGNORE orders SET id = {} WHERE id = {}", number(8), number(8));
    case 19:
      return "DELETE FROM " + on("orders", 8);
    case 20:
    case 21:
      return fmt::format("INSERT IGNORE INTO items VALUES ({}, {}, {}, {})", number(8), number(3),
                         or_null(std::to_string(number(3))), text());
    case 22:
      return fmt::format("UPDATE IGNORE items SET order_id = {}, line = {} WHERE {}", number(8),
                         number(3), line());
    case 23:
      return fmt::format("UPDATE items SET product = {} WHERE {}",
                         or_null(std::to_string(number(3))), line());
    case 24:
      return fmt::format("REPLACE INTO items VALUES ({}, {}, {}, {})", number(8), number(3),
                         or_null(std::to_string(number(3))), text());
    case 25:
    case 26:
      return fmt::format(
          "INSERT INTO notes VALUES ({}, {}, {}, {}) ON DUPLICATE KEY UPDATE line = {}, v = {}",
          number(8), number(3), number(2), text(), number(3), text());
    case 27:
      return fmt::format("UPDATE IGNORE notes SET order_id = {}, n = n + 1 WHERE order_id = {}",
                         number(8), number(8));
    case 28:
      return fmt::format("INSERT INTO products VALUES ({}, {}, {}) ON DUPLICATE KEY UPDATE v = {}",
                         number(3), or_null(country()), text(), text());
    case 29:
      return random_() % 2
                 ? "DELETE FROM " + on("products", 3)
                 : fmt::format("UPDATE products SET id = {} WHERE id = {}", number(4), number(4));
    case 30:
      return fmt::format(
          "UPDATE orders JOIN customers ON customers.code = orders.customer SET orders.v = {}, "
          "customers.v = {} WHERE orders.id = {}",
          text(), text(), number(8));
    case 31:
      return fmt::format(
          "DELETE items, orders FROM orders JOIN items ON items.order_id = orders.id WHERE "
          "orders.id = {}",
          number(8));
    case 32:
      return random_() % 4
                 ? fmt::format("INSERT IGNORE INTO shops VALUES ({}, {})", number(2), number(2))
                 : "DELETE FROM " + on("tenants", 2);
    default:
      return fmt::format("INSERT IGNORE INTO tenants VALUES ({})", number(2));
  }
}

NodeDefinition node(const std::string& name, NodeKind kind, const std::string& table,
                    const std::vector<std::string>& columns,
                    const std::vector<NodeDefinition>& embed = {}) {
  return {
      .name = name, .kind = kind, .table = TableName(table), .columns = columns, .embed = embed};
}

/// tenants > shops > customers (only the last are captured), and documents of four types that
/// embed each other's roots.
class Histories : public ReadingTest {
 protected:
  using Contents = std::map<std::string, std::string>;  // key to document

  void SetUp() override {
    ReadingTest::SetUp();
    const std::string code = "VARCHAR(9) COLLATE utf8mb4_general_ci";
    const std::string changes = " ON UPDATE CASCADE ON DELETE ";
    run({"CREATE TABLE tenants (id INT PRIMARY KEY)",
         "CREATE TABLE shops (id INT PRIMARY KEY, tenant INT, FOREIGN KEY (tenant) REFERENCES "
         "tenants (id)" +
             changes + "CASCADE)",
         "CREATE TABLE regions (id INT PRIMARY KEY, v VARCHAR(9))",
         "CREATE TABLE countries (id " + code +
             " PRIMARY KEY, region INT, v VARCHAR(9), FOREIGN KEY (region) REFERENCES regions "
             "(id)" +
             changes + "SET NULL)",
         "CREATE TABLE products (id INT PRIMARY KEY, country " + code +
             ", v VARCHAR(9), FOREIGN KEY (country) REFERENCES countries (id)" + changes +
             "SET NULL)",
         "CREATE TABLE customers (id INT PRIMARY KEY, code " + code + " NOT NULL, country " + code +
             ", home " + code +
             ", shop INT, v VARCHAR(9), UNIQUE KEY (code), KEY (home), FOREIGN KEY (country) "
             "REFERENCES countries (id)" +
             changes + "SET NULL, FOREIGN KEY (shop) REFERENCES shops (id)" + changes + "CASCADE)",
         "CREATE TABLE orders (id INT PRIMARY KEY, customer " + code +
             " NOT NULL, parent INT, v VARCHAR(9), FOREIGN KEY (customer) REFERENCES customers "
             "(code)" +
             changes + "CASCADE, FOREIGN KEY (parent) REFERENCES orders (id) ON DELETE SET NULL)",
         "CREATE TABLE items (order_id INT, line INT, product INT, v VARCHAR(9), PRIMARY KEY "
         "(order_id, line), FOREIGN KEY (order_id) REFERENCES orders (id)" +
             changes + "CASCADE, FOREIGN KEY (product) REFERENCES products (id)" + changes +
             "SET NULL)",
         "CREATE TABLE notes (order_id INT, line INT, n INT, v VARCHAR(9), PRIMARY KEY (order_id, "
         "line, n), FOREIGN KEY (order_id, line) REFERENCES items (order_id, line)" +
             changes + "CASCADE)"});
    install_pipeline(documents());
  }

  static std::vector<DocumentDefinition> documents() {
    const auto region = node("region_row", NodeKind::kToOne, "regions", {"region"});
    const auto country = node("country_row", NodeKind::kToOne, "countries", {"country"}, {region});
    const auto home = node("home_row", NodeKind::kToOne, "countries", {"home"}, {region});
    const auto product = node("product_row", NodeKind::kToOne, "products", {"product"}, {country});
    const auto notes = node("notes", NodeKind::kToMany, "notes", {"order_id", "line"});
    auto items = node("items", NodeKind::kToMany, "items", {"order_id"}, {product, notes});
    items.where = "line <> 3";
    auto orders = node("orders", NodeKind::kToMany, "orders", {"customer"}, {items});
    orders.references = {"code"};
    auto customer = node("customer_row", NodeKind::kToOne, "customers", {"customer"}, {country});
    customer.references = {"code"};
    auto customers = node("", NodeKind::kRoot, "customers", {}, {country, home, orders});
    customers.fields = {{.name = "*"}, {.name = "shown", .expression = "CONCAT(code, '/', v)"}};
    return {{.name = DocumentName("customers"), .root = customers},
            {.name = DocumentName("orders"),
             .root = node("", NodeKind::kRoot, "orders", {}, {customer, items})},
            {.name = DocumentName("countries"),
             .root = node("", NodeKind::kRoot, "countries", {},
                          {node("customers", NodeKind::kToMany, "customers", {"country"}, {home}),
                           node("products", NodeKind::kToMany, "products", {"country"})})},
            {.name = DocumentName("items"),
             .root = node("", NodeKind::kRoot, "items", {}, {product, notes})}};
  }

  Contents contents(ports::View& view, const document::DocumentPlan& plan) {
    Contents documents;
    const auto piece = need(view.read_range(plan, {}, {}));
    const auto lines = shown(plan, piece.images);
    for (size_t i = 0; i < lines.size(); ++i) documents[piece.images[i].key.value] = lines[i];
    return documents;
  }

  /// What the rows lead to in this view, wide ones followed hop by hop.
  std::set<std::pair<std::string, std::string>> dirty(ports::View& view, std::vector<LogRow> rows,
                                                      size_t wide_min) {
    std::set<std::pair<std::string, std::string>> all;
    while (!rows.empty()) {
      const auto resolution = need(view.resolve(rows, wide_min));
      for (const auto& [name, keys] : resolution.keys)
        for (const auto& key : keys) all.emplace(name.value, key.value);
      rows.clear();
      for (LogRow row : resolution.wide) {
        do {
          ports::WideStep step = need(view.widen(row, 3));
          rows.insert(rows.end(), step.rows.begin(), step.rows.end());
          row.cursor = step.cursor;
        } while (!row.cursor.empty());
      }
    }
    return all;
  }

  /// Takes what one view shows of the log, as an engine does, against what changed since the last.
  void check_round(size_t wide_min) {
    std::vector<std::string> taken;
    {
      const auto open = view();
      const auto rows = need(open->read_log(document::LogId(0), 1'000'000));
      const auto led_to = dirty(*open, rows, wide_min);
      for (size_t i = 0; i < plans_.size(); ++i) {
        const Contents now = contents(*open, plan(i));
        for (const auto& [key, line] : now) check(i, key, line, led_to);
        for (const auto& [key, line] : last_[i])
          if (!now.contains(key)) check(i, key, "gone", led_to);
        last_[i] = now;
      }
      for (const LogRow& row : rows) taken.push_back(std::to_string(row.id.value));
    }
    if (!taken.empty())
      execute("DELETE FROM " + own_table(context_->name, "change_log") + " WHERE id IN (" +
              join(taken, ",") + ")");
  }

  void check(size_t number, const std::string& key, const std::string& line,
             const std::set<std::pair<std::string, std::string>>& led_to) {
    const auto before = last_[number].find(key);
    if (before != last_[number].end() && before->second == line) return;
    ++changes_;
    const std::string& name = plan(number).name.value;
    EXPECT_TRUE(led_to.contains({name, key}))
        << "no log row leads to " << name << " " << key << ": "
        << (before == last_[number].end() ? "absent" : before->second) << " became " << line;
  }

  std::array<Contents, 4> last_;
  size_t changes_ = 0;
};
SYNCLINE_SERVERS(Histories);

// Statements whose cascades go two levels down: at READ COMMITTED a row that another transaction
// puts in between is not seen (docs/capture.md).
const std::vector<std::string> kFarCascades = {
    "REPLACE INTO customers",      "DELETE FROM customers", "REPLACE INTO orders",
    "UPDATE IGNORE orders SET id", "DELETE FROM orders",    "DELETE items, o",
    "DELETE FROM tenants"};

/// How long a history runs: HISTORY_SECONDS for a longer one.
std::chrono::seconds duration() {
  const char* seconds = std::getenv("HISTORY_SECONDS");
  return std::chrono::seconds(seconds ? std::atoi(seconds) : 6);
}

TEST_P(Histories, EveryDocumentThatDiffersBetweenTwoViewsIsLedToByTheLog) {
  const char* given = std::getenv("HISTORY_SEED");
  const unsigned seed = given ? std::strtoul(given, nullptr, 10) : std::random_device()();
  SCOPED_TRACE("HISTORY_SEED=" + std::to_string(seed));
  std::atomic<bool> is_over = false;
  std::vector<Writer> writers;
  // MySQL 9.7 replaces a parent or ignores its taken key with children of other parents deleted or
  // moved, with and without triggers: no log can follow that.
  const std::vector<std::string> wrong_on_mysql = {"REPLACE INTO customers", "REPLACE INTO orders",
                                                   "UPDATE IGNORE orders SET id"};
  for (unsigned i = 0; i < 4; ++i) {
    const bool is_read_committed = i % 2 != 0;
    std::vector<std::string> left_out =
        is_read_committed ? kFarCascades : std::vector<std::string>();
    if (!app().is_mariadb())
      left_out.insert(left_out.end(), wrong_on_mysql.begin(), wrong_on_mysql.end());
    writers.emplace_back(connect(is_read_committed ? "TRANSACTION ISOLATION LEVEL READ COMMITTED"
                                                   : "innodb_lock_wait_timeout = 1"),
                         seed + i, left_out);
  }
  std::vector<std::thread> threads;
  for (Writer& writer : writers)
    threads.emplace_back([&] {
      while (!is_over) writer.transact();
    });
  const auto end = std::chrono::steady_clock::now() + duration();
  size_t rounds = 0;
  while (std::chrono::steady_clock::now() < end && !HasFailure())
    check_round(++rounds % 2 ? 1000 : 1);
  is_over = true;
  for (std::thread& thread : threads) thread.join();
  check_round(1000);
  size_t committed = 0;
  std::map<unsigned, size_t> refused;
  for (const Writer& writer : writers) {
    committed += writer.committed;
    for (const auto& [code, count] : writer.refused) refused[code] += count;
  }
  std::string codes;
  for (const auto& [code, count] : refused) codes += fmt::format(" {}: {}", code, count);
  RecordProperty("history",
                 fmt::format("seed {}, {} rounds, {} transactions, {} changes; refused{}", seed,
                             rounds, committed, changes_, codes));
  std::cout << "history: seed " << seed << ", " << rounds << " rounds, " << committed
            << " transactions, " << changes_ << " changed documents; refused" << codes << "\n";
  EXPECT_GT(rounds, 3u);
  EXPECT_GT(changes_, 20u);
  // 1442: a trigger of ours in the way of the application.
  EXPECT_FALSE(refused.contains(1442));
}

}  // namespace
}  // namespace syncline::mysql
