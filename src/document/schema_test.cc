#include "document/schema.h"

#include <gtest/gtest.h>

namespace syncline::document {
namespace {

Table orders() {
  Table table;
  table.name = TableName("orders");
  table.columns = {{.name = "id"}, {.name = "Customer_ID"}};
  table.indexes = {{.name = "PRIMARY", .columns = {"a", "b", "c"}, .is_unique = true},
                   {.name = "by_day", .columns = {"day"}}};
  return table;
}

TEST(Table, FindsColumnsWhateverTheirCase) {
  const Table table = orders();
  EXPECT_EQ(table.column("customer_id"), &table.columns[1]);
  EXPECT_EQ(table.column("customer"), nullptr);
}

TEST(Table, AnIndexServesItsLeadingColumnsInAnyOrder) {
  const Table table = orders();
  EXPECT_TRUE(table.has_index_on({"a"}));
  EXPECT_TRUE(table.has_index_on({"B", "a"}));
  EXPECT_TRUE(table.has_index_on({"day"}));
  EXPECT_FALSE(table.has_index_on({"b"}));
  EXPECT_FALSE(table.has_index_on({"a", "c"}));
  EXPECT_FALSE(table.has_index_on({"day", "a"}));
}

TEST(Schema, FindsTablesByTheirExactName) {
  const Schema schema{.database = "shop", .tables = {orders()}};
  EXPECT_EQ(schema.table(TableName("orders")), &schema.tables[0]);
  EXPECT_EQ(schema.table(TableName("Orders")), nullptr);
  EXPECT_EQ(schema.table_names(), std::vector<std::string>{"orders"});
}

}  // namespace
}  // namespace syncline::document
