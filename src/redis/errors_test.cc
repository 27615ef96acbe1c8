#include "redis/errors.h"

#include <gtest/gtest.h>

namespace syncline::redis {
namespace {

ErrorKind kind_of(std::string_view answer) {
  const Error error = error_of(answer, "redis://127.0.0.1:6379/0");
  EXPECT_NE(error.message().find("redis://127.0.0.1:6379/0"), std::string::npos);
  return error.kind();
}

TEST(RedisErrors, StoresThatAreBusyAreTransient) {
  EXPECT_EQ(kind_of("LOADING Redis is loading the dataset in memory"), ErrorKind::kTransient);
  EXPECT_EQ(kind_of("BUSY Redis is busy running a script."), ErrorKind::kTransient);
  EXPECT_EQ(kind_of("READONLY You can't write against a read only replica."),
            ErrorKind::kTransient);
  EXPECT_EQ(kind_of("MISCONF Redis is configured to save RDB snapshots"), ErrorKind::kTransient);
  EXPECT_EQ(kind_of("ERR max number of clients reached"), ErrorKind::kTransient);
  EXPECT_EQ(kind_of("ERR Error running script (call to f_1): @user_script:9: -OOM command not "
                    "allowed when used memory > 'maxmemory'."),
            ErrorKind::kTransient);
}

TEST(RedisErrors, WrongPasswordsAndRightsAreInvalidWithTheCure) {
  EXPECT_EQ(kind_of("WRONGPASS invalid username-password pair"), ErrorKind::kInvalid);
  EXPECT_EQ(kind_of("NOAUTH Authentication required."), ErrorKind::kInvalid);
  EXPECT_EQ(kind_of("NOPERM this user has no permissions to run the 'evalsha' command"),
            ErrorKind::kInvalid);
  EXPECT_NE(error_of("NOAUTH Authentication required.", "x").hint().find("password_file"),
            std::string::npos);
}

TEST(RedisErrors, AClusterIsUnsupported) {
  EXPECT_EQ(kind_of("MOVED 3999 127.0.0.1:6381"), ErrorKind::kUnsupported);
}

}  // namespace
}  // namespace syncline::redis
