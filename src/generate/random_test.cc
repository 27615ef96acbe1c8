#include "generate/random.h"

#include <gtest/gtest.h>

#include <vector>

namespace syncline::generate {
namespace {

TEST(Random, RepeatsItselfFromTheSameSeeds) {
  Random first(7, 1, 42);
  Random second(7, 1, 42);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(first.next(), second.next());
}

TEST(Random, GivesEveryThingASequenceOfItsOwn) {
  EXPECT_NE(Random(7, 1, 42).next(), Random(7, 1, 43).next());
  EXPECT_NE(Random(7, 1, 42).next(), Random(7, 2, 42).next());
  EXPECT_NE(Random(7, 1, 42).next(), Random(8, 1, 42).next());
}

TEST(Random, SpreadsEvenlyBelowTheBound) {
  Random random(1);
  std::vector<int> counts(10);
  for (int i = 0; i < 100000; ++i) ++counts[random.below(10)];
  for (const int count : counts) EXPECT_NEAR(count, 10000, 500);
}

TEST(Random, KeepsToBothEndsOfBetween) {
  Random random(1);
  std::vector<int> counts(5);
  for (int i = 0; i < 1000; ++i) ++counts[static_cast<size_t>(random.between(-2, 2) + 2)];
  for (const int count : counts) EXPECT_GT(count, 100);
}

TEST(Random, SkewsTowardsTheFirstValues) {
  Random random(1);
  int first_quarter_strong = 0;
  int first_eighth_mild = 0;
  for (int i = 0; i < 100000; ++i) {
    first_quarter_strong += random.skewed(1000) < 250;
    first_eighth_mild += random.mildly_skewed(1000) < 125;
  }
  EXPECT_NEAR(first_quarter_strong, 50000, 1000);  // (1/4)^(1/2)
  EXPECT_NEAR(first_eighth_mild, 25000, 1000);     // (1/8)^(2/3)
}

}  // namespace
}  // namespace syncline::generate
