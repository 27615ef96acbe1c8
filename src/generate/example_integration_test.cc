#include <filesystem>

#include "config/pipeline.h"
#include "document/plan.h"
#include "generate/shop.h"
#include "generate/shop_server_testing.h"
#include "mysql/schema_reader.h"

namespace syncline::generate {
namespace {

class ShopExample : public testing::TestWithParam<const char*> {};

INSTANTIATE_TEST_SUITE_P(Servers, ShopExample, testing::Values("MYSQL_URI", "MARIADB_URI"));

// ./dev build puts a link to the source tree into the build directory.
std::filesystem::path source_tree() {
  std::filesystem::path folder = std::filesystem::read_symlink("/proc/self/exe").parent_path();
  while (folder.has_relative_path() && !std::filesystem::exists(folder / "tree/examples")) {
    folder = folder.parent_path();
  }
  return folder / "tree";
}

TEST_P(ShopExample, DescribesDocumentsOfTheGeneratedShop) {
  const auto pipeline = config::load_pipeline(source_tree() / "examples/shop.yaml");
  ASSERT_TRUE(pipeline.ok()) << pipeline.error().text();
  ShopServer server(GetParam());
  ASSERT_TRUE(server.session);
  SystemClock clock;
  ASSERT_TRUE(generate_shop({.endpoint = server.endpoint, .customers = 1}, clock, {}, {}).ok());
  const auto schema = mysql::read_schema(*server.session, server.endpoint.database);
  ASSERT_TRUE(schema.ok()) << schema.error().text();
  const auto probe = mysql::expression_probe(*server.session, server.endpoint.database);
  EXPECT_EQ(pipeline->documents.size(), 4u);
  for (const auto& definition : pipeline->documents) {
    const auto plan = document::plan_document(definition, *schema, probe);
    EXPECT_TRUE(plan.ok()) << definition.name.value << ": " << plan.error().text();
  }
}

}  // namespace
}  // namespace syncline::generate
