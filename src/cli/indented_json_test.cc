#include "cli/indented_json.h"

#include <gtest/gtest.h>

namespace syncline::cli {
namespace {

TEST(IndentedJson, PutsMembersAndTheElementsOfTheirArraysOnLines) {
  EXPECT_EQ(indented_json(R"({"a":1,"b":{"c":[2,3]},"d":[{"e":4},{"f":[5]}]})"), R"({
  "a": 1,
  "b": {"c": [2, 3]},
  "d": [
    {"e": 4},
    {"f": [5]}
  ]
})");
}

TEST(IndentedJson, LeavesStringsAsTheyAre) {
  EXPECT_EQ(indented_json(R"({"a" : "x, {y} : \" [" })"), R"({
  "a": "x, {y} : \" ["
})");
}

TEST(IndentedJson, KeepsEmptyContainersOnTheirLine) {
  EXPECT_EQ(indented_json(R"({"a":[],"b":{}})"), "{\n  \"a\": [],\n  \"b\": {}\n}");
  EXPECT_EQ(indented_json("{}"), "{}");
}

TEST(IndentedJson, ReturnsAnythingElseAsItIs) {
  EXPECT_EQ(indented_json("id: 42\nname: {x}"), "id: 42\nname: {x}");
  EXPECT_EQ(indented_json(""), "");
}

}  // namespace
}  // namespace syncline::cli
