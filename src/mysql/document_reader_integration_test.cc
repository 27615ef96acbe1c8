#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "base/log.h"
#include "mysql/key_sql.h"
#include "mysql/reading_testing.h"

namespace syncline::mysql {
namespace {

using document::DocumentDefinition;
using document::DocumentKey;
using document::DocumentName;
using document::Image;
using document::NodeDefinition;
using document::NodeKind;
using document::TableName;
using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::UnorderedElementsAre;

class DocumentReading : public ReadingTest {
 protected:
  /// The whole table, piece by piece.
  std::vector<Image> walk(ports::View& view, const ports::ReadLimits& limits, size_t* pieces = {}) {
    std::vector<Image> images;
    ports::KeyRange range;
    for (bool is_exhausted = false; !is_exhausted;) {
      ports::Piece piece = need(view.read_range(plan(), range, limits));
      is_exhausted = piece.is_exhausted;
      if (piece.last) range.after = piece.last;
      std::ranges::move(piece.images, std::back_inserter(images));
      if (pieces) ++*pieces;
    }
    return images;
  }

  void install_table(const std::string& table) {
    install_pipeline({{.name = DocumentName(table), .root = {.table = TableName(table)}}});
  }
};
SYNCLINE_SERVERS(DocumentReading);

/// A shop in memory, which says by itself what each document must be.
struct Shop {
  struct Item {
    int line;
    int product;
  };
  struct Order {
    int id;
    int day;
    bool is_hidden;
    std::vector<Item> items;
  };
  struct Customer {
    int id;
    bool is_deleted;
    int country;  // 0: none, 9: no such row
    std::vector<Order> orders;
  };
  std::vector<Customer> customers;
  std::map<int, std::vector<int>> tags;  // of a product

  explicit Shop(unsigned seed) {
    std::mt19937 random(seed);
    const auto upto = [&](int n) { return static_cast<int>(random() % (n + 1)); };
    for (int product = 1; product <= 5; ++product)
      for (int i = upto(2); i > 0; --i) tags[product].push_back(product * 10 + i);
    for (int id = 1; id <= 60; ++id) {
      Customer customer{id, upto(5) == 0, upto(3) == 3 ? 9 : upto(2), {}};
      for (int o = upto(4); o > 0; --o) {
        Order order{id * 10 + o, upto(2) + 1, upto(4) == 0, {}};
        for (int line = 1; line <= upto(3); ++line) order.items.push_back({line, upto(6)});
        customer.orders.push_back(order);
      }
      customers.push_back(customer);
    }
  }

  std::string product_json(int id) const {
    if (id < 1 || id > 5) return "null";
    std::string list;
    std::vector<int> ids = tags.contains(id) ? tags.at(id) : std::vector<int>();
    std::ranges::sort(ids);
    for (const int tag : ids)
      list += (list.empty() ? "" : ",") + fmt::format(R"({{"id":{}}})", tag);
    const std::string category =
        id == 5 ? "null" : fmt::format(R"({{"id":{0},"name":"C{0}"}})", id % 2);
    return fmt::format(R"({{"id":{0},"label":"P{0}","category":{1},"tags":[{2}]}})", id, category,
                       list);
  }

  std::string order_json(const Order& order) const {
    std::string json = fmt::format(R"({{"id":{},"items":[)", order.id);
    for (const Item& item : order.items) {
      json += (item.line > 1 ? "," : "") +
              fmt::format(R"({{"line":{},"product":{}}})", item.line, product_json(item.product));
    }
    return json + "]}";
  }

  std::string json(const Customer& customer) const {
    std::string json =
        fmt::format(R"({{"id":{},"title":"customer {}","country":)", customer.id, customer.id);
    json += customer.country == 1   ? R"({"code":"c1","continent":{"name":"Europe"}})"
            : customer.country == 2 ? R"({"code":"c2","continent":null})"
                                    : "null";
    json += R"(,"orders":[)";
    std::vector<Order> orders;
    std::ranges::copy_if(customer.orders, std::back_inserter(orders),
                         [](const Order& o) { return !o.is_hidden; });
    std::ranges::sort(orders, [](const Order& a, const Order& b) {
      return a.day != b.day ? a.day > b.day : a.id < b.id;
    });
    for (size_t i = 0; i < orders.size(); ++i) json += (i ? "," : "") + order_json(orders[i]);
    return json + "]}";
  }
};

NodeDefinition shop_definition() {
  const auto field = [](std::string name, std::string sql = "") {
    return document::FieldDefinition{.name = std::move(name), .expression = std::move(sql)};
  };
  const NodeDefinition tags{.name = "tags",
                            .kind = NodeKind::kToMany,
                            .table = TableName("tags"),
                            .fields = {field("id")},
                            .columns = {"product_id"}};
  const NodeDefinition category{.name = "category",
                                .kind = NodeKind::kToOne,
                                .table = TableName("categories"),
                                .columns = {"category_id"}};
  const NodeDefinition product{.name = "product",
                               .kind = NodeKind::kToOne,
                               .table = TableName("products"),
                               .fields = {field("id"), field("label", "CONCAT('P', id)")},
                               .columns = {"product_id"},
                               .embed = {category, tags}};
  const NodeDefinition items{.name = "items",
                             .kind = NodeKind::kToMany,
                             .table = TableName("items"),
                             .fields = {field("line")},
                             .columns = {"order_id"},
                             .embed = {product}};
  const NodeDefinition orders{.name = "orders",
                              .kind = NodeKind::kToMany,
                              .table = TableName("orders"),
                              .fields = {field("id")},
                              .where = "status <> 'hidden'",
                              .columns = {"customer_id"},
                              .order_by = {"day desc"},
                              .embed = {items}};
  const NodeDefinition continent{.name = "continent",
                                 .kind = NodeKind::kToOne,
                                 .table = TableName("continents"),
                                 .fields = {field("name")},
                                 .columns = {"continent_id"}};
  const NodeDefinition country{.name = "country",
                               .kind = NodeKind::kToOne,
                               .table = TableName("countries"),
                               .fields = {field("code")},
                               .columns = {"country_code"},
                               .embed = {continent}};
  return {.table = TableName("customers"),
          .fields = {field("id"), field("title", "CONCAT('customer ', id)")},
          .where = "deleted = 0",
          .embed = {country, orders}};
}

class ShopReading : public DocumentReading {
 protected:
  void SetUp() override {
    DocumentReading::SetUp();
    run({"CREATE TABLE continents (id INT PRIMARY KEY, name VARCHAR(20))",
         "CREATE TABLE countries (code CHAR(2) PRIMARY KEY, continent_id INT, KEY(continent_id))",
         "CREATE TABLE customers (id INT PRIMARY KEY, country_code CHAR(2), deleted INT NOT NULL, "
         "KEY (country_code))",
         "CREATE TABLE orders (id INT PRIMARY KEY, customer_id INT NOT NULL, day INT NOT NULL, "
         "status VARCHAR(9) NOT NULL, KEY (customer_id))",
         "CREATE TABLE items (order_id INT, line INT, product_id INT, PRIMARY KEY (order_id, "
         "line), "
         "KEY (product_id))",
         "CREATE TABLE products (id INT PRIMARY KEY, category_id INT, KEY (category_id))",
         "CREATE TABLE categories (id INT PRIMARY KEY, name VARCHAR(9))",
         "CREATE TABLE tags (id INT PRIMARY KEY, product_id INT NOT NULL, KEY (product_id))",
         "INSERT INTO continents VALUES (1, 'Europe')",
         "INSERT INTO countries VALUES ('c1', 1), ('c2', 7)",
         "INSERT INTO categories VALUES (0, 'C0'), (1, 'C1')"});
    install_pipeline({{.name = DocumentName("customers"), .root = shop_definition()}});
    fill();
  }

  void fill() {
    for (int id = 1; id <= 5; ++id) {
      execute(fmt::format("INSERT INTO products VALUES ({}, {})", id,
                          id == 5 ? "NULL" : std::to_string(id % 2)));
    }
    for (const auto& [product, ids] : shop_.tags)
      for (const int id : ids)
        execute(fmt::format("INSERT INTO tags VALUES ({}, {})", id, product));
    execute("START TRANSACTION");
    for (const auto& customer : shop_.customers) {
      execute(fmt::format("INSERT INTO customers VALUES ({}, {}, {})", customer.id,
                          customer.country == 0 ? "NULL" : fmt::format("'c{}'", customer.country),
                          customer.is_deleted ? 1 : 0));
      for (const auto& order : customer.orders) {
        execute(fmt::format("INSERT INTO orders VALUES ({}, {}, {}, '{}')", order.id, customer.id,
                            order.day, order.is_hidden ? "hidden" : "open"));
        for (const auto& item : order.items)
          execute(fmt::format("INSERT INTO items VALUES ({}, {}, {})", order.id, item.line,
                              item.product));
      }
    }
    execute("COMMIT");
    for (const auto& customer : shop_.customers)
      if (!customer.is_deleted)
        expected_.push_back(std::to_string(customer.id) + "=" + shop_.json(customer));
  }

  Shop shop_{20};
  std::vector<std::string> expected_;
};
SYNCLINE_SERVERS(ShopReading);

TEST_P(ShopReading, RangeGivesNestedDocumentsAsTheModelSays) {
  EXPECT_THAT(shown(plan(), walk(*view(), {})), ElementsAreArray(expected_));
}

TEST_P(ShopReading, PieceSizesDoNotChangeDocuments) {
  for (const size_t documents : {1, 2, 7})
    EXPECT_THAT(shown(plan(), walk(*view(), {.documents_max = documents})),
                ElementsAreArray(expected_));
}

TEST_P(ShopReading, ByteBudgetSplitsPiecesBetweenDocuments) {
  size_t pieces = 0;
  const auto images = walk(*view(), {.bytes_max = 2000}, &pieces);
  EXPECT_THAT(shown(plan(), images), ElementsAreArray(expected_));
  EXPECT_GT(pieces, 8u);
}

TEST_P(ShopReading, KeysGiveTheSameDocumentsAndNameTheAbsent) {
  std::vector<DocumentKey> keys;
  std::vector<std::string> expected = expected_;
  for (const auto& customer : shop_.customers) {
    keys.emplace_back(std::to_string(customer.id));
    if (customer.is_deleted) expected.push_back(std::to_string(customer.id) + "=-");
  }
  keys.emplace_back("999");
  expected.push_back("999=-");
  const auto open = view();
  EXPECT_THAT(shown(plan(), need(open->read(plan(), keys))),
              testing::UnorderedElementsAreArray(expected));
  std::vector<DocumentKey> absent;
  for (const auto& customer : shop_.customers)
    if (customer.is_deleted) absent.emplace_back(std::to_string(customer.id));
  absent.emplace_back("999");
  EXPECT_EQ(need(open->absent(plan(), keys)), absent);
}

TEST_P(ShopReading, RowsOutsideTheFilterCountForTheEndOfAPiece) {
  run({"UPDATE customers SET deleted = 1 WHERE id <= 10",
       "UPDATE customers SET deleted = 0 WHERE id = 11"});
  const auto open = view();
  const ports::Piece first = need(open->read_range(plan(), {}, {.documents_max = 10}));
  EXPECT_TRUE(first.images.empty());
  EXPECT_EQ(first.last, DocumentKey("10"));
  EXPECT_FALSE(first.is_exhausted);
  const ports::Piece rest = need(open->read_range(plan(), {.after = first.last}, {}));
  EXPECT_EQ(rest.images.front().key, DocumentKey("11"));
  EXPECT_EQ(rest.last, DocumentKey("60"));
  EXPECT_TRUE(rest.is_exhausted);
}

TEST_P(DocumentReading, ArraysFollowTheColumnsCollationThenThePrimaryKey) {
  run({"CREATE TABLE roots (id INT PRIMARY KEY)",
       "CREATE TABLE leaves (id INT PRIMARY KEY, root_id INT NOT NULL, name VARCHAR(20) COLLATE "
       "utf8mb4_swedish_ci, KEY (root_id))",
       "INSERT INTO roots VALUES (1), (2)",
       "INSERT INTO leaves VALUES (1, 1, 'ö'), (2, 1, 'Z'), (3, 1, 'a'), (4, 1, 'å'), (5, 1, 'A'), "
       "(6, 2, 'b'), (7, 1, 'ä'), (8, 1, NULL)"});
  NodeDefinition leaves{.name = "leaves",
                        .kind = NodeKind::kToMany,
                        .table = TableName("leaves"),
                        .fields = {{.name = "id"}},
                        .columns = {"root_id"},
                        .order_by = {"name"}};
  install_pipeline(
      {{.name = DocumentName("roots"), .root = {.table = TableName("roots"), .embed = {leaves}}}});
  EXPECT_THAT(shown(plan(), walk(*view(), {})),
              ElementsAre(R"(1={"id":1,"leaves":[{"id":8},{"id":3},{"id":5},{"id":2},{"id":4},)"
                          R"({"id":7},{"id":1}]})",
                          R"(2={"id":2,"leaves":[{"id":6}]})"));
}

TEST_P(DocumentReading, ChildrenAreMatchedByTheCollationOfTheLink) {
  run({"CREATE TABLE roots (code VARCHAR(9) COLLATE utf8mb4_unicode_ci PRIMARY KEY)",
       "CREATE TABLE leaves (id INT PRIMARY KEY, code VARCHAR(9) COLLATE utf8mb4_unicode_ci, KEY "
       "(code))",
       "INSERT INTO roots VALUES ('straße'), ('b')",
       "INSERT INTO leaves VALUES (1, 'STRASSE'), (2, 'Straße'), (3, 'B')"});
  NodeDefinition leaves{.name = "leaves",
                        .kind = NodeKind::kToMany,
                        .table = TableName("leaves"),
                        .fields = {{.name = "id"}},
                        .columns = {"code"}};
  install_pipeline(
      {{.name = DocumentName("roots"), .root = {.table = TableName("roots"), .embed = {leaves}}}});
  EXPECT_THAT(shown(plan(), walk(*view(), {})),
              ElementsAre(R"(b={"code":"b","leaves":[{"id":3}]})",
                          R"(straße={"code":"straße","leaves":[{"id":1},{"id":2}]})"));
}

TEST_P(DocumentReading, AKeyAnsweredWithOtherBytesIsAbsentAndTheAnswerIsADocument) {
  run({"CREATE TABLE t (k VARCHAR(9) COLLATE utf8mb4_general_ci PRIMARY KEY, v INT)",
       "INSERT INTO t VALUES ('ABC', 1)"});
  install_table("t");
  const auto open = view();
  EXPECT_THAT(shown(plan(), need(open->read(plan(), keys_of({"abc", "ábc", "abc"})))),
              UnorderedElementsAre(R"(ABC={"k":"ABC","v":1})", "abc=-", "ábc=-"));
  EXPECT_EQ(need(open->absent(plan(), keys_of({"abc", "ABC"}))), keys_of({"abc"}));
}

struct Keyed {
  std::string columns;
  std::string key;
  std::vector<std::string> values;  ///< each inserted as it stands
};

TEST_P(DocumentReading, WalksNeitherSkipNorRepeatAKeyWhateverItsType) {
  const std::vector<Keyed> cases = {
      {"a INT", "a", {"-5", "0", "7", "2147483647", "-2147483648"}},
      {"a BIGINT UNSIGNED", "a", {"0", "9223372036854775808", "18446744073709551615"}},
      {"a VARCHAR(20) COLLATE utf8mb4_unicode_ci",
       "a",
       {"''", "'a'", "'B'", "'b|c'", "'b\\\\d'", "'é'", "'Z'", "'😀'", "'a\\0b'", "'日本'"}},
      {"a VARCHAR(20) CHARACTER SET latin1", "a", {"'ä'", "'a'", "'Ö'", "'z'", "''''", "'€'"}},
      {"a CHAR(4) CHARACTER SET latin1 COLLATE latin1_bin", "a", {"'B'", "'a'", "'ÿ'"}},
      {"a BINARY(3)", "a", {"x'000000'", "x'FF0001'", "x'7C5C4E'"}},
      {"a VARBINARY(5)", "a", {"''", "x'00'", "x'0000'", "x'FFFE'", "x'7C'"}},
      {"a BIT(12)", "a", {"0", "1", "255", "256", "4095"}},
      {"a DECIMAL(20,5)", "a", {"-1.5", "0", "123456789012345.12345", "0.00001"}},
      {"a DATE", "a", {"'1000-01-01'", "'2024-02-29'", "'9999-12-31'"}},
      {"a DATETIME(6)", "a", {"'2024-01-01 00:00:00.000001'", "'1969-12-31 23:59:59.999999'"}},
      {"a TIMESTAMP(3)", "a", {"'2024-01-01 00:00:00.001'", "'2038-01-19 03:14:07'"}},
      {"a TIME(2)", "a", {"'-838:59:59'", "'00:00:00'", "'-00:00:00.25'", "'838:59:59'"}},
      {"a YEAR", "a", {"1901", "2024", "0", "2155"}},
      {"a ENUM('z','m','a,''b','q')", "a", {"'a,''b'", "'z'", "'q'", "'m'"}},
      {"a SET('z','m','a')", "a", {"''", "'z'", "'z,m'", "'a'", "'z,a'"}},
      {"a INT, b VARCHAR(9)",
       "a, b",
       {"1, 'x'", "1, 'y'", "0, 'z'", "2, ''", "-1, 'x'", "1, 'xx'"}},
      {"a ENUM('z','m','a'), b INT, c BINARY(1)",
       "a, b, c",
       {"'a', 1, x'00'", "'z', 2, x'FF'", "'z', 2, x'01'", "'m', 0, x'7C'", "'a', 0, x'00'"}}};
  std::vector<DocumentDefinition> definitions;
  for (size_t i = 0; i < cases.size(); ++i) {
    execute(fmt::format("CREATE TABLE t{} ({}, n INT, PRIMARY KEY ({}))", i, cases[i].columns,
                        cases[i].key));
    for (const std::string& row : cases[i].values)
      execute(fmt::format("INSERT INTO t{} VALUES ({}, 1)", i, row));
    definitions.push_back({.name = DocumentName(fmt::format("t{}", i)),
                           .root = {.table = TableName(fmt::format("t{}", i))}});
  }
  install_pipeline(definitions);
  const auto open = view();
  for (size_t i = 0; i < cases.size(); ++i) {
    SCOPED_TRACE(cases[i].columns);
    const auto whole = need(open->read_range(plan(i), {}, {}));
    ASSERT_EQ(whole.images.size(), cases[i].values.size());
    EXPECT_TRUE(whole.is_exhausted);
    // MySQL's own full order, by the log's encoding: an independent way to the same text.
    std::vector<DocumentKey> order;
    for (const Image& image : whole.images) order.push_back(image.key);
    EXPECT_EQ(std::set<DocumentKey>(order.begin(), order.end()).size(), order.size());
    std::vector<DocumentKey> cuts;
    for (std::optional<DocumentKey> at; (at = need(open->cut(plan(i), at, 1)));)
      cuts.push_back(*at);
    EXPECT_EQ(cuts, order);
    std::vector<DocumentKey> walked;
    ports::KeyRange range;
    for (size_t n = 0; n < order.size(); ++n) {
      const auto piece = need(open->read_range(plan(i), range, {.documents_max = 1}));
      ASSERT_EQ(piece.images.size(), 1u);
      walked.push_back(piece.images[0].key);
      range.after = piece.last;
    }
    EXPECT_EQ(walked, order);
    for (size_t last = 0; last < order.size(); ++last) {
      const auto upto = need(open->read_range(plan(i), {.last = order[last]}, {}));
      EXPECT_EQ(upto.images.size(), last + 1);
      EXPECT_EQ(upto.last, order[last]);
    }
    const auto read = need(open->read(plan(i), order));
    EXPECT_EQ(read.size(), order.size());
    for (const Image& image : read) EXPECT_TRUE(image.record) << image.key.value;
  }
}

TEST_P(DocumentReading, EveryNthKeyEndsAChunkAndTheLastChunkIsOpen) {
  run({"CREATE TABLE t (a INT, b INT, PRIMARY KEY (a, b))",
       "INSERT INTO t WITH RECURSIVE s (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < "
       "99) SELECT n DIV 7, n FROM s"});
  install_table("t");
  const auto open = view();
  std::vector<std::string> cuts;
  for (std::optional<DocumentKey> at; (at = need(open->cut(plan(), at, 30)));)
    cuts.push_back(at->value);
  EXPECT_THAT(cuts, ElementsAre("4|29", "8|59", "12|89"));
  const auto piece = need(
      open->read_range(plan(), {.after = DocumentKey("4|29"), .last = DocumentKey("8|59")}, {}));
  EXPECT_EQ(piece.images.size(), 30u);
  EXPECT_TRUE(piece.is_exhausted);
}

TEST_P(DocumentReading, KeysUseThePrimaryKeyOfAnyCharacterSet) {
  run({"CREATE TABLE t (k VARCHAR(20) CHARACTER SET latin1 PRIMARY KEY, v INT)",
       "INSERT INTO t WITH RECURSIVE s (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < "
       "999) SELECT CONCAT('ä', n), n FROM s"});
  install_table("t");
  Connection session = connect();
  const auto keys = keys_of({"ä1", "ä2", "日本"});
  EXPECT_THAT(shown(plan(), need(view()->read(plan(), keys))),
              UnorderedElementsAre(R"(ä1={"k":"ä1","v":1})", R"(ä2={"k":"ä2","v":2})", "日本=-"));
  const std::vector<KeyValues> values{need(decode_key(plan().key(), "ä1")),
                                      need(decode_key(plan().key(), "日本"))};
  for (const std::string& condition : {one_of_sql(plan().key(), "t0", values),
                                       bound_sql(plan().key(), "t0", Side::kUpTo, values[0])}) {
    const auto explained =
        need(session.rows("EXPLAIN FORMAT=JSON SELECT * FROM t AS t0 WHERE " + condition));
    EXPECT_THAT(*explained[0][0], testing::ContainsRegex("range")) << condition;
  }
}

TEST_P(DocumentReading, AZeroDateAsKeyIsRefusedByName) {
  run({"CREATE TABLE t (d DATE PRIMARY KEY)"});
  install_table("t");
  run({"INSERT INTO t VALUES ('0000-00-00')"});
  const auto piece = view()->read_range(plan(), {}, {});
  ASSERT_FALSE(piece.ok());
  EXPECT_EQ(piece.error().kind(), ErrorKind::kUnsupported);
  EXPECT_THAT(piece.error().text(), testing::HasSubstr("table t has a row whose key column d"));
  // A chunk that ends at it would lose what comes after.
  EXPECT_EQ(view()->cut(plan(), {}, 1).error().kind(), ErrorKind::kUnsupported);
  run({"INSERT INTO t VALUES ('2024-01-31')"});
  const auto open = view();
  const auto rows = need(open->read_log(document::LogId(0), 10));
  const auto resolution = need(open->resolve(rows, 10));
  EXPECT_EQ(resolution.keys.begin()->second, keys_of({"2024-01-31"}));
}

TEST_P(DocumentReading, ThousandsOfKeysAreReadInOneCall) {
  run({"CREATE TABLE t (a INT, b INT, PRIMARY KEY (a, b))",
       "INSERT INTO t WITH RECURSIVE s (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM s WHERE n < "
       "899) SELECT n DIV 7, n FROM s",
       "INSERT INTO t SELECT a + 1000, b FROM t", "INSERT INTO t SELECT a + 9000, b FROM t"});
  install_table("t");
  const auto open = view();
  std::vector<DocumentKey> keys;
  for (const Image& image : walk(*open, {})) keys.push_back(image.key);
  ASSERT_EQ(keys.size(), 3600u);
  EXPECT_EQ(need(open->read(plan(), keys)).size(), 3600u);
  EXPECT_TRUE(need(open->absent(plan(), keys)).empty());
}

}  // namespace
}  // namespace syncline::mysql
