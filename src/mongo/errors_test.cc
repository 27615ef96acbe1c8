#include "mongo/errors.h"

#include <gtest/gtest.h>

#include <string>

namespace syncline::mongo {

namespace {

Error error_with(uint32_t domain, uint32_t code, const char* message) {
  bson_error_t error;
  bson_set_error(&error, domain, code, "%s", message);
  return error_of(error, "mongodb://host/shop");
}

}  // namespace

TEST(MongoErrors, AStoreThatIsAwayOrChangesItsPrimaryIsTransient) {
  EXPECT_TRUE(
      error_with(MONGOC_ERROR_SERVER_SELECTION, 13053, "No suitable servers").is_transient());
  EXPECT_TRUE(error_with(MONGOC_ERROR_STREAM, 4, "Failed to read 4 bytes").is_transient());
  for (const int code : {91, 189, 10107, 11600, 64, 1}) {
    EXPECT_TRUE(error_with(MONGOC_ERROR_SERVER, static_cast<uint32_t>(code), "").is_transient());
  }
}

TEST(MongoErrors, ADeadlockInsideFerretDbIsTransientAndADefectInsideIsNot) {
  EXPECT_TRUE(is_transient_code(16908292));   // 40P01, deadlock detected
  EXPECT_TRUE(is_transient_code(8389));       // 53200, out of memory
  EXPECT_FALSE(is_transient_code(33816706));  // 22012, division by zero
}

TEST(MongoErrors, AnUnreachableStoreIsNamedWithItsCauseInFront) {
  const Error error = error_with(
      MONGOC_ERROR_SERVER_SELECTION, 13053,
      "No suitable servers found (`serverSelectionTryOnce` set): [connection refused calling hello "
      "on 'host:27017']");
  EXPECT_EQ(error.text(),
            "cannot connect to mongodb://host/shop: connection refused calling hello on "
            "'host:27017'; is mongod running there?");
}

TEST(MongoErrors, AWrongPasswordIsForTheUserAndSaysWhere) {
  for (const auto& [domain, code] :
       {std::pair{MONGOC_ERROR_CLIENT, 11}, std::pair{MONGOC_ERROR_SERVER, 18}}) {
    const Error error = error_with(domain, static_cast<uint32_t>(code), "Authentication failed.");
    EXPECT_EQ(error.kind(), ErrorKind::kInvalid);
    EXPECT_NE(error.text().find("targets.mongodb.uri"), std::string::npos) << error.text();
    EXPECT_NE(error.text().find("mongodb://host/shop"), std::string::npos) << error.text();
  }
}

TEST(MongoErrors, TheConflictingIndexIsNamedButNotItsValues) {
  EXPECT_EQ(index_of_conflict("E11000 duplicate key error collection: shop.customers index: "
                              "email_1 dup key: { email: \"a@b\" }"),
            "the unique index email_1");
  EXPECT_EQ(index_of_conflict("Duplicate key violation on the requested collection: "
                              "Index 'email_1'"),
            "the unique index email_1");
  EXPECT_EQ(index_of_conflict("no words that are known"), "a unique index");
}

}  // namespace syncline::mongo
