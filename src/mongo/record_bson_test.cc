#include "mongo/record_bson.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "mongo/handles.h"
#include "ports/sample_documents_testing.h"

namespace syncline::mongo {

namespace sample = ports::sample;
using document::KeyLayout;
using document::Record;
using document::TypeKind;
using document::Value;

namespace {

/// A record of one field as canonical extended JSON.
std::string json_of(const document::ColumnType& type, Value value) {
  const document::DocumentPlan plan =
      sample::plan("d", sample::integer_key(), {{"f", type, value, value}});
  const document::Image image{sample::key(plan, 1), Record{{std::move(value)}}};
  Bson bson;
  const Result<void> encoded = encode_record(plan, image, std::nullopt, bson.get());
  if (!encoded.ok()) return encoded.error().text();
  const TextHandle json(bson_as_canonical_extended_json(bson.get(), nullptr));
  const std::string text = json.get();
  const size_t begin = text.find("\"f\" : ") + 6;
  return text.substr(begin, text.size() - begin - 2);
}

/// The key that the _id of a document in extended JSON stands for.
std::optional<document::DocumentKey> key_in(const KeyLayout& layout, const std::string& json) {
  Bson bson;
  bson_error_t error;
  bson_iter_t id;
  EXPECT_TRUE(bson_init_from_json(bson.uninitialised(), json.data(), -1, &error)) << error.message;
  EXPECT_TRUE(bson_iter_init_find(&id, bson.get(), "_id"));
  return key_of_id(layout, id);
}

}  // namespace

TEST(RecordBson, NumbersHaveTheTypeOfTheirColumn) {
  using K = TypeKind;
  const auto column = [](K kind, const char* declared) { return sample::column(kind, declared); };
  const uint64_t large = uint64_t{1} << 63;
  EXPECT_EQ(json_of(column(K::kInteger, "int(11)"), int64_t{-1}), R"({ "$numberInt" : "-1" })");
  EXPECT_EQ(json_of(column(K::kInteger, "bigint"), int64_t{1}), R"({ "$numberLong" : "1" })");
  EXPECT_EQ(json_of(column(K::kUnsigned, "mediumint unsigned"), uint64_t{7}),
            R"({ "$numberInt" : "7" })");
  EXPECT_EQ(json_of(column(K::kUnsigned, "year"), uint64_t{2024}), R"({ "$numberInt" : "2024" })");
  EXPECT_EQ(json_of(column(K::kUnsigned, "int(10) unsigned"), uint64_t{7}),
            R"({ "$numberLong" : "7" })");
  EXPECT_EQ(json_of(column(K::kUnsigned, "bigint unsigned"), large - 1),
            R"({ "$numberLong" : "9223372036854775807" })");
  EXPECT_EQ(json_of(column(K::kUnsigned, "bigint unsigned"), large),
            R"({ "$numberDecimal" : "9223372036854775808" })");
  EXPECT_EQ(json_of(column(K::kFloat, "float"), 0.5F), R"({ "$numberDouble" : "0.5" })");
}

TEST(RecordBson, DecimalsKeepTheirScaleAndBeyond34DigitsAreText) {
  EXPECT_EQ(json_of(sample::column(TypeKind::kDecimal, "decimal(10,2)", 10, 2), "12.50"),
            R"({ "$numberDecimal" : "12.50" })");
  EXPECT_EQ(json_of(sample::column(TypeKind::kDecimal, "decimal(35,2)", 35, 2), "12.50"),
            R"("12.50")");
}

TEST(RecordBson, TimesAreDatesUpToTheMillisecondAndTextBeyond) {
  using K = TypeKind;
  constexpr int64_t kMoment = 1'706'702'400'123'000;
  EXPECT_EQ(json_of(sample::column(K::kDate, "date"), int64_t{1}),
            R"({ "$date" : { "$numberLong" : "86400000" } })");
  EXPECT_EQ(json_of(sample::column(K::kDateTime, "datetime(3)", 0, 3), kMoment),
            R"({ "$date" : { "$numberLong" : "1706702400123" } })");
  EXPECT_EQ(json_of(sample::column(K::kDateTime, "datetime(6)", 0, 6), kMoment + 4),
            R"("2024-01-31 12:00:00.123004")");
  EXPECT_EQ(json_of(sample::column(K::kTimestamp, "timestamp(6)", 0, 6), kMoment + 4),
            R"("2024-01-31 12:00:00.123004")");
  EXPECT_EQ(json_of(sample::column(K::kTime, "time"), int64_t{-3'600'000'000}), R"("-01:00:00")");
}

TEST(RecordBson, TextBytesSetsAndJson) {
  using K = TypeKind;
  EXPECT_EQ(json_of(sample::column(K::kText, "text"), "Zoë"), "\"Zoë\"");
  EXPECT_EQ(json_of(sample::column(K::kBit, "bit(9)"), sample::bytes({1, 0xFF})),
            R"({ "$binary" : { "base64" : "Af8=", "subType" : "00" } })");
  EXPECT_EQ(json_of(sample::column(K::kSet, "set('a','b')"), "a,b"), R"([ "a", "b" ])");
  EXPECT_EQ(json_of(sample::column(K::kSet, "set('a','b')"), ""), "[  ]");
  EXPECT_EQ(json_of(sample::column(K::kJson, "json"), R"({"a": [1, 1.0, true, null]})"),
            R"({ "a" : [ { "$numberLong" : "1" }, { "$numberDouble" : "1.0" }, true, null ] })");
  EXPECT_EQ(json_of(sample::column(K::kJson, "json"), "18446744073709551615"),
            R"({ "$numberDecimal" : "18446744073709551615" })");
  EXPECT_EQ(json_of(sample::column(K::kJson, "json"), std::monostate()), "null");
}

TEST(RecordBson, AJsonKeyWithNulIsRefusedByName) {
  const std::string refusal =
      json_of(sample::column(TypeKind::kJson, "json"), R"({"a": {"b\u0000c": 1}})");
  EXPECT_NE(refusal.find("f: the JSON key \"b\\u0000"), std::string::npos) << refusal;
}

TEST(RecordBson, AJsonNumberBeyondADoubleIsRefusedAndOneTooSmallIsZero) {
  const document::ColumnType json = sample::column(TypeKind::kJson, "json");
  EXPECT_NE(json_of(json, "[-1e400]").find("f: the JSON number -1e400 is beyond"),
            std::string::npos)
      << json_of(json, "[-1e400]");
  EXPECT_EQ(json_of(json, "1e-400"), R"({ "$numberDouble" : "0.0" })");
}

TEST(RecordBson, EmbeddedRowsAreNullObjectOrArray) {
  const document::DocumentPlan plan = sample::everything();
  const document::Image image{sample::key(plan, 1), sample::null_record()};
  Bson bson;
  ASSERT_TRUE(encode_record(plan, image, document::Revision(7), bson.get()).ok());
  const TextHandle json(bson_as_relaxed_extended_json(bson.get(), nullptr));
  const std::string text = json.get();
  EXPECT_TRUE(text.starts_with(R"({ "_id" : 1, "_revision" : 7, "tiny" : null)")) << text;
  EXPECT_TRUE(text.ends_with(R"("country" : null, "orders" : [  ] })")) << text;
}

TEST(RecordBson, SmallDecimalKeysComeBackWithoutExponent) {
  const KeyLayout layout{{"k", sample::column(TypeKind::kDecimal, "decimal(34,30)", 34, 30)}};
  const document::DocumentPlan plan = sample::notes(layout);
  for (const std::string digits :
       {"0.000000000000000000000000000001", "-0.000000000000000000000000000120",
        "0.000000000000000000000000000000", "1234.000000000000000000000000000001"}) {
    const document::DocumentKey key = sample::key(plan, std::vector<Value>{digits});
    Bson bson;
    ASSERT_TRUE(append_id(layout, key, "_id", bson.get()).ok());
    bson_iter_t id;
    ASSERT_TRUE(bson_iter_init_find(&id, bson.get(), "_id"));
    EXPECT_EQ(key_of_id(layout, id), key) << digits;
  }
}

TEST(RecordBson, NumbersThatAreOneIdToTheStoreAreOneKey) {
  const KeyLayout whole = sample::integer_key();
  const KeyLayout positive{{"k", sample::column(TypeKind::kUnsigned, "bigint unsigned")}};
  const KeyLayout exact{{"k", sample::column(TypeKind::kDecimal, "decimal(10,2)", 10, 2)}};
  for (const std::string json :
       {R"({"_id": {"$numberInt": "42"}})", R"({"_id": {"$numberLong": "42"}})",
        R"({"_id": {"$numberDouble": "42.0"}})", R"({"_id": {"$numberDecimal": "42"}})",
        R"({"_id": {"$numberDecimal": "42.000"}})", R"({"_id": {"$numberDecimal": "4.2E1"}})"}) {
    EXPECT_EQ(key_in(whole, json), document::DocumentKey("42")) << json;
    EXPECT_EQ(key_in(positive, json), document::DocumentKey("42")) << json;
    EXPECT_EQ(key_in(exact, json), document::DocumentKey("42.00")) << json;
  }
  for (const std::string json :
       {R"({"_id": {"$numberDouble": "42.0001"}})", R"({"_id": {"$numberDecimal": "42.001"}})",
        R"({"_id": {"$numberDouble": "NaN"}})", R"({"_id": {"$numberDouble": "Infinity"}})",
        R"({"_id": {"$numberDecimal": "NaN"}})", R"({"_id": {"$numberDecimal": "1E6000"}})",
        R"({"_id": {"$numberDouble": "1e300"}})"}) {
    EXPECT_EQ(key_in(whole, json), std::nullopt) << json;
    EXPECT_EQ(key_in(positive, json), std::nullopt) << json;
  }
  EXPECT_EQ(key_in(exact, R"({"_id": {"$numberDecimal": "NaN"}})"), std::nullopt);
}

TEST(RecordBson, AnIdThatDoesNotFitIsNoKey) {
  const KeyLayout one = sample::integer_key();
  const KeyLayout two{one[0], {"name", sample::column(TypeKind::kText, "text")}};
  for (const std::string json :
       {R"({"_id": "text"})", R"({"_id": {"id": 1}})", R"({"_id": {"name": "a", "id": 1}})",
        R"({"_id": {"id": 1, "name": "a", "more": 1}})", R"({"_id": null})"}) {
    EXPECT_EQ(key_in(one, json), std::nullopt) << json;
    EXPECT_EQ(key_in(two, json), std::nullopt) << json;
  }
}

}  // namespace syncline::mongo
