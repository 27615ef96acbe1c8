#pragma once

#include <hiredis/hiredis.h>

#include <memory>
#include <string_view>

namespace syncline::redis {

/// The driver's handles, freed here and nowhere else.
struct FreeContext {
  void operator()(redisContext* context) const { redisFree(context); }
};
using ContextHandle = std::unique_ptr<redisContext, FreeContext>;

struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reply = std::unique_ptr<redisReply, FreeReply>;

/// The bytes of a string, status or error reply; empty for any other.
inline std::string_view text_of(const redisReply& reply) {
  return reply.str == nullptr ? std::string_view() : std::string_view(reply.str, reply.len);
}

inline bool is_error(const redisReply& reply) { return reply.type == REDIS_REPLY_ERROR; }

}  // namespace syncline::redis
