#include "redis/key_template.h"

#include <gtest/gtest.h>

#include <set>

#include "ports/sample_documents_testing.h"

namespace syncline::redis {
namespace {

using document::DocumentKey;
using document::DocumentName;
using document::KeyLayout;
using document::TypeKind;
using document::Value;
using ports::sample::column;

const document::ColumnType kNumber = column(TypeKind::kInteger, "bigint");
const document::ColumnType kText = column(TypeKind::kText, "varchar(50)", 50);

KeyTemplate made(std::string_view text, const KeyLayout& layout) {
  Result<KeyTemplate> keys = KeyTemplate::compile(text, DocumentName("orders"), layout);
  CHECK(keys.ok());
  return std::move(*keys);
}

std::string expanded(const KeyTemplate& keys, const KeyLayout& layout,
                     const std::vector<Value>& values) {
  std::string out;
  EXPECT_TRUE(keys.expand(DocumentKey(document::encode_key(layout, values)), out).ok());
  return out;
}

std::string refusal(std::string_view text, const KeyLayout& layout) {
  const Result<KeyTemplate> keys = KeyTemplate::compile(text, DocumentName("orders"), layout);
  if (keys.ok()) return "";
  EXPECT_EQ(keys.error().kind(), ErrorKind::kInvalid);
  return keys.error().text();
}

TEST(KeyTemplate, JoinsDocumentAndKeyByDefault) {
  const KeyLayout layout{{"id", kNumber}};
  EXPECT_EQ(expanded(made("{document}:{key}", layout), layout, {int64_t{42}}), "orders:42");
}

TEST(KeyTemplate, JoinsSeveralColumnsByColons) {
  const KeyLayout layout{{"region", kText}, {"id", kNumber}};
  const KeyTemplate keys = made("{document}:{key}", layout);
  EXPECT_EQ(expanded(keys, layout, {"eu:west", int64_t{7}}), "orders:eu%3Awest:7");
  EXPECT_EQ(keys.pattern(), "orders:*:*");
}

TEST(KeyTemplate, PlacesColumnsByName) {
  const KeyLayout layout{{"region", kText}, {"id", kNumber}};
  const KeyTemplate keys = made("v1:{document}:no-{id}:in-{region}.x", layout);
  EXPECT_EQ(expanded(keys, layout, {"eu", int64_t{7}}), "v1:orders:no-7:in-eu.x");
  EXPECT_EQ(keys.parse("v1:orders:no-7:in-eu.x")->value, "eu|7");
  EXPECT_EQ(keys.pattern(), "v1:orders:no-*:in-*.x");
  EXPECT_EQ(keys.scope(), "v1:orders:no-{id}:in-{region}.x");
}

TEST(KeyTemplate, ReadsBackEveryKeyThatItMakes) {
  const KeyLayout layout{{"a", kText}, {"b", kText}};
  const KeyTemplate keys = made("{document}:{key}", layout);
  const char* texts[] = {"", ":", "%", "a:b", "a%3Ab", "{}", "*?[]\\", "|", "\\N", "Zoë", "\n"};
  std::set<std::string> seen;
  for (const std::string a : texts) {
    for (const std::string b : texts) {
      const DocumentKey key(document::encode_key(layout, std::vector<Value>{a, b}));
      std::string redis_key;
      ASSERT_TRUE(keys.expand(key, redis_key).ok());
      EXPECT_EQ(keys.parse(redis_key), key) << redis_key;
      EXPECT_TRUE(seen.insert(redis_key).second) << redis_key;
    }
  }
}

TEST(KeyTemplate, EncodesWhatIsNotUtf8) {
  std::string out;
  append_percent_encoded("a\xFF", out);
  EXPECT_EQ(out, "a%FF");
  EXPECT_EQ(percent_decoded(out), "a\xFF");
  EXPECT_EQ(percent_decoded("100%"), std::nullopt);
  EXPECT_EQ(percent_decoded("%4"), std::nullopt);
}

TEST(KeyTemplate, KnowsOnlyItsOwnKeys) {
  const KeyLayout layout{{"id", kNumber}};
  const KeyTemplate keys = made("{document}:{key}", layout);
  EXPECT_EQ(keys.parse("orders:7")->value, "7");
  for (const char* other : {"orders", "orders:", "orders:7:8", "orders:007", "orders:x", "order:7",
                            "orders:%37", "orders:+7", "orders: 7", "", ":"}) {
    EXPECT_EQ(keys.parse(other), std::nullopt) << other;
  }
}

TEST(KeyTemplate, EscapesTheDocumentsNameAndThePattern) {
  const KeyLayout layout{{"id", kNumber}};
  const KeyTemplate keys =
      *KeyTemplate::compile("x*:{document}:{key}", DocumentName("a:b"), layout);
  EXPECT_EQ(expanded(keys, layout, {int64_t{1}}), "x*:a%3Ab:1");
  EXPECT_EQ(keys.pattern(), "x\\*:a%3Ab:*");
  EXPECT_TRUE(keys.has_document());
  EXPECT_FALSE(made("x:{key}", layout).has_document());
}

TEST(KeyTemplate, RefusesWhatCouldNotBeReadBack) {
  const KeyLayout one{{"id", kNumber}};
  const KeyLayout two{{"region", kText}, {"id", kNumber}};
  EXPECT_NE(refusal("{document}:{region}", two).find("'id' exactly once"), std::string::npos);
  EXPECT_NE(refusal("{document}:{id}:{id}", one).find("exactly once"), std::string::npos);
  EXPECT_NE(refusal("{document}:{key}:{id}", one).find("exactly once"), std::string::npos);
  EXPECT_NE(refusal("{document}:{region}-{id}", two).find("':' between"), std::string::npos);
  EXPECT_NE(refusal("{document}{key}", one).find("':' between"), std::string::npos);
  EXPECT_NE(refusal("{document}:{name}", one).find("'name'"), std::string::npos);
  EXPECT_NE(refusal("{document}", one).find("exactly once"), std::string::npos);
  EXPECT_NE(refusal("{document:{key}", one), "");
  EXPECT_NE(refusal("document}:{key}", one), "");
}

TEST(KeyTemplate, RefusesThePlaceOfOurOwnRecords) {
  const KeyLayout layout{{"id", kText}};
  EXPECT_NE(refusal("syncline:{document}:{key}", layout).find("syncline:"), std::string::npos);
  EXPECT_NE(refusal("{key}:{document}", layout), "");
  EXPECT_FALSE(KeyTemplate::compile("{document}:{key}", DocumentName("syncline"), layout).ok());
}

}  // namespace
}  // namespace syncline::redis
