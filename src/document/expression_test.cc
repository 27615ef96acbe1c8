#include "document/expression.h"

#include <gtest/gtest.h>

#include <vector>

namespace syncline::document {
namespace {

TEST(Expression, AllowsWhatDependsOnItsRowAlone) {
  const std::vector<std::string> allowed = {
      "CONCAT(first_name, ' ', last_name)",
      "deleted = 0 AND `now` IS NULL",
      "user IN (1, 2)",
      "max + min + system_user",
      "orders.select",
      "'it''s NOW() \\' @x ? ; --'",
      "\"SELECT\"",
      "`SELECT``?`",
      "UNIX_TIMESTAMP(placed_at)",
      "IF(a > 0, LEFT(b, 3), NULL)",
      "knows(1)",
      "price * -1",
      "data->>'$.a'",
      "snowing + randy",
      "",
  };
  for (const std::string& sql : allowed)
    EXPECT_TRUE(check_expression(sql).ok()) << sql << ": " << check_expression(sql).error().text();
}

TEST(Expression, NamesWhatItRefuses) {
  const std::string rows = "; a document must depend on its rows alone";
  const std::vector<std::pair<std::string, std::string>> refused = {
      {"NOW()", "it uses NOW" + rows},
      {"a + now (6)", "it uses NOW" + rows},
      {"Current_Timestamp", "it uses CURRENT_TIMESTAMP" + rows},
      {"SYSDATE()", "it uses SYSDATE" + rows},
      {"UNIX_TIMESTAMP( )", "it uses UNIX_TIMESTAMP" + rows},
      {"'x' OR rand() < 1", "it uses RAND" + rows},
      {"UUID()", "it uses UUID" + rows},
      {"(SELECT 1)", "it uses SELECT" + rows},
      {"EXISTS(select 1)", "it uses SELECT" + rows},
      {"COUNT(*)", "it uses COUNT" + rows},
      {"ROW_NUMBER() OVER ()", "it uses OVER" + rows},
      {"@x := 1", "it uses a variable (@)" + rows},
      {"@@hostname", "it uses a variable (@)" + rows},
      {"shop.price_of(id)",
       "it calls the stored function PRICE_OF, which may read anything" + rows},
      {"a = ?", "it has a placeholder (?); write the value"},
      {"1; DROP TABLE t", "it is more than one statement (;); write one expression"},
      {"1 /*! + 1 */", "it has a comment; write comments in YAML"},
      {"1 -- x", "it has a comment; write comments in YAML"},
      {"1 # x", "it has a comment; write comments in YAML"},
      {"'abc", "a quote is not closed"},
      {"'abc\\'", "a quote is not closed"},
      {"(1", "a parenthesis is not closed"},
      {"1), (2", "a parenthesis is closed that was not opened"},
  };
  for (const auto& [sql, message] : refused) {
    const auto checked = check_expression(sql);
    ASSERT_FALSE(checked.ok()) << sql;
    EXPECT_EQ(checked.error().text(), message);
    EXPECT_EQ(checked.error().kind(), ErrorKind::kInvalid);
  }
}

}  // namespace
}  // namespace syncline::document
