#include "mysql/errors.h"

#include <gtest/gtest.h>

namespace syncline::mysql {
namespace {

constexpr std::string_view kWhere = "mysql://root@127.0.0.1:3306/shop";

TEST(MysqlErrors, NameTheServerTheCauseAndTheCure) {
  EXPECT_EQ(error_of(1045, "Access denied for user 'root'", kWhere).text(),
            "mysql://root@127.0.0.1:3306/shop: access denied (1045); check source.uri and "
            "source.password_file");
}

TEST(MysqlErrors, WhatPassesByItselfIsTransient) {
  for (const unsigned code : {1040, 1205, 1213, 2002, 2006, 2013, 1053, 1927, 4031}) {
    EXPECT_TRUE(error_of(code, "", kWhere).is_transient()) << code;
  }
}

TEST(MysqlErrors, AViewThatAnAlterBrokeIsTooOld) {
  EXPECT_EQ(error_of(1412, "", kWhere).kind(), ErrorKind::kTooOld);
  EXPECT_EQ(error_of(1146, "Table 'shop.orders' doesn't exist", kWhere).kind(), ErrorKind::kTooOld);
}

TEST(MysqlErrors, OurOwnMissingTablesAskForAnInstallation) {
  const Error error = error_of(1146, "Table 'syncline_shop.clock' doesn't exist", kWhere);
  EXPECT_EQ(error.kind(), ErrorKind::kInvalid);
  EXPECT_NE(error.hint().find("syncline capture install"), std::string::npos);
}

TEST(MysqlErrors, AnUnknownCodeKeepsTheServersWords) {
  const Error error = error_of(9999, "something new", kWhere);
  EXPECT_EQ(error.kind(), ErrorKind::kInternal);
  EXPECT_NE(error.message().find("something new (9999)"), std::string::npos);
}

}  // namespace
}  // namespace syncline::mysql
