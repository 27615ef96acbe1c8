#include "config/key_template.h"

#include <gtest/gtest.h>

#include <vector>

namespace syncline::config {
namespace {

const std::vector<document::DocumentName> kOne = {document::DocumentName("orders")};
const std::vector<document::DocumentName> kTwo = {document::DocumentName("orders"),
                                                  document::DocumentName("items")};

TEST(KeyTemplate, ReadsBackToOneKey) {
  for (const char* text : {"{document}:{key}", "shop:{document}:{key}", "{document}:{a}:{b}",
                           "v1/{document}/x:{key}:end"})
    EXPECT_TRUE(check_key_template(text, kTwo).ok()) << text;
  EXPECT_TRUE(check_key_template("o:{key}", kOne).ok());
}

TEST(KeyTemplate, SaysWhyItIsRefused) {
  const std::string example = "; write for example \"{document}:{key}\"";
  const std::vector<std::pair<std::string, std::string>> refused = {
      {"o:{key}", "the key does not begin with {document}: keys of two documents would overlap"},
      {"{key}:{document}",
       "the key does not begin with {document}: keys of two documents would overlap"},
      {"{document}",
       "the key names neither {key} nor the key's columns: all records would have "
       "one key"},
      {"{document}{key}", "there is no ':' between {document} and {key}: two keys could be one"},
      {"{document}:{a}-{b}", "there is no ':' between {a} and {b}: two keys could be one"},
      {"{document}:{a}:{a}", "{a} stands there twice"},
      {"{document}:{}", "a { begins no placeholder"},
      {"{document}:{key", "a { begins no placeholder"},
      {"{document}:{key}}", "the character '}' cannot stand in a key"},
      {"{document}:*{key}", "the character '*' cannot stand in a key"},
      {"{document} :{key}", "the character ' ' cannot stand in a key"},
      {"syncline:{document}:{key}", "keys that begin with \"syncline:\" are Syncline's own"},
  };
  for (const auto& [text, message] : refused) {
    const auto checked = check_key_template(text, kTwo);
    ASSERT_FALSE(checked.ok()) << text;
    EXPECT_EQ(checked.error().text(), message + example);
  }
  EXPECT_EQ(check_key_template("{document}:{key}:{a}", kTwo).error().text(),
            "the key names {key} and columns; use {key}, or each key column once");
  EXPECT_EQ(check_key_template("{key}:{document}", kOne).error().text(),
            "{document} stands behind the key" + example);
}

}  // namespace
}  // namespace syncline::config
