#include "redis/record_redis.h"

#include <gtest/gtest.h>

#include "ports/sample_documents_testing.h"

namespace syncline::redis {
namespace {

using config::RedisForm;
using document::TypeKind;
using document::Value;
namespace sample = ports::sample;

std::string content(const DocumentPlan& plan, RedisForm form, const Record& record) {
  const auto layout = RecordLayout::make(plan, {.key_template = "{document}:{key}", .form = form});
  CHECK(layout.ok());
  Arguments arguments;
  (*layout)->add_content(record, Revision(1'764'000'000'000'000), arguments);
  return arguments.bytes();
}

DocumentPlan plan_of(const std::vector<sample::SampleField>& fields) {
  return sample::plan("things", sample::integer_key(), fields);
}

TEST(RecordLayout, MakesAHashOfTheFieldsThatAreNotNull) {
  const DocumentPlan plan =
      plan_of({{"id", sample::column(TypeKind::kInteger, "int"), {}, {}},
               {"gone", sample::column(TypeKind::kText, "text"), {}, {}},
               {"price", sample::column(TypeKind::kDouble, "double"), {}, {}}});
  const Record record{{int64_t{-7}, std::monostate(), 0.5}};
  EXPECT_EQ(content(plan, RedisForm::kHash, record),
            "$1\r\n4\r\n$2\r\nid\r\n$2\r\n-7\r\n$5\r\nprice\r\n$3\r\n0.5\r\n");
}

TEST(RecordLayout, MakesNestedPartsJsonTextInAHash) {
  sample::SampleField name{"name", sample::column(TypeKind::kText, "text"), {}, {}};
  const DocumentPlan plan =
      sample::plan("things", sample::integer_key(), {},
                   {sample::node("country", document::NodeKind::kToOne, {name}),
                    sample::node("orders", document::NodeKind::kToMany, {name})});
  const Record record{{std::monostate(), std::vector<Record>{{{"a"}}, {{std::monostate()}}}}};
  EXPECT_EQ(content(plan, RedisForm::kHash, record),
            "$1\r\n2\r\n$6\r\norders\r\n$28\r\n[{\"name\":\"a\"},{\"name\":null}]\r\n");
}

TEST(RecordLayout, PutsTheRevisionFirstInJson) {
  const DocumentPlan plan = plan_of({{"id", sample::column(TypeKind::kInteger, "int"), {}, {}}});
  EXPECT_EQ(content(plan, RedisForm::kJson, Record{{int64_t{7}}}),
            "$1\r\n1\r\n$37\r\n{\"_revision\":1764000000000000,\"id\":7}\r\n");
  EXPECT_EQ(content(plan_of({}), RedisForm::kJson, Record{}),
            "$1\r\n1\r\n$30\r\n{\"_revision\":1764000000000000}\r\n");
}

redisReply reply_of(std::string& text) {
  redisReply reply{};
  reply.type = REDIS_REPLY_STRING;
  reply.str = text.data();
  reply.len = text.size();
  return reply;
}

TEST(ParseRecord, FindsTheRevisionOfOurJsonOnly) {
  const auto revision = [](std::string text) {
    return parse_record(RedisForm::kJson, reply_of(text)).revision;
  };
  EXPECT_EQ(revision(R"({"_revision":12,"id":7})"), Revision(12));
  EXPECT_EQ(revision(R"({"_revision":12})"), Revision(12));
  for (const char* foreign : {"", "{}", R"({"id":7,"_revision":12})", R"({"_revision":"12"})",
                              R"({"_revision":)", R"({"_revision":12)", R"({"_revision": 12})",
                              R"({"_revision":-1})", R"({"_revision":12345678901234567})"}) {
    EXPECT_EQ(revision(foreign), std::nullopt) << foreign;
  }
}

TEST(ParseRevision, TakesDecimalDigitsOnly) {
  EXPECT_EQ(parse_revision("0"), Revision(0));
  EXPECT_EQ(parse_revision("9007199254740991"), Revision((uint64_t{1} << 53) - 1));
  for (const char* wrong : {"", "-1", "+1", "1.5", "1e5", "0x1", " 1", "12345678901234567"}) {
    EXPECT_EQ(parse_revision(wrong), std::nullopt) << wrong;
  }
}

}  // namespace
}  // namespace syncline::redis
