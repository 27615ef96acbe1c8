#include "redis/script.h"

#include "ports/trial.h"
#include "redis/errors.h"

namespace syncline::redis {

using config::RedisForm;
using ports::Rule;

namespace {

// stored(key): the revision of the record and its text; -1 absent, -2 not ours, -3 another type.
// put(...): replaces the whole record by ARGV[first..last].
constexpr std::string_view kHashRecord = R"lua(
local function stored(key)
  local text = redis.pcall('HGET', key, '_revision')
  if type(text) == 'table' then return -3 end
  if text then
    if #text <= 16 and string.find(text, '^%d+$') then return tonumber(text), text end
    return -2
  end
  if redis.call('EXISTS', key) == 0 then return -1 end
  return -2
end
local function put(key, first, last, ttl, is)
  if is >= 0 then redis.call('DEL', key) end
  redis.call('HSET', key, '_revision', ARGV[1], unpack(ARGV, first, last))
  if ttl then redis.call('PEXPIRE', key, ttl) end
end
)lua";

constexpr std::string_view kJsonRecord = R"lua(
local function stored(key)
  local head = redis.pcall('GETRANGE', key, 0, 31)
  if type(head) == 'table' then return -3 end
  local text = string.match(head, '^{"_revision":(%d+)[,}]')
  if text and #text <= 16 then return tonumber(text), text end
  if head == '' and redis.call('EXISTS', key) == 0 then return -1 end
  return -2
end
local function put(key, first, last, ttl, is)
  if ttl then
    redis.call('SET', key, ARGV[first], 'PX', ttl)
  else
    redis.call('SET', key, ARGV[first])
  end
end
)lua";

// ARGV: 1 revision, 2 deadline by this server's clock (us), 3 pipeline, 4 server, 5 epoch,
// 6 tombstones' TTL (ms), 7 records' TTL (ms, 0: none), 8 seed of the TTL's jitter (0 to 1),
// 9 what the counter of writes was already.
// A writer that was frozen after it sent this, or that lost the store to another one, ends here.
constexpr std::string_view kHead = R"lua(
local revision = tonumber(ARGV[1])
local now = redis.call('TIME')
if now[1] * 1000000 + now[2] > tonumber(ARGV[2]) then return '!late' end
local state = redis.call('HMGET', KEYS[1], 'pipeline', 'server', 'epoch', 'revision', 'writes')
if not state[1] then return '!forgotten' end
if state[1] ~= ARGV[3] or state[2] ~= ARGV[4] or state[3] ~= ARGV[5] then
  return '!owner:' .. state[1]
end
if tonumber(state[5] or 0) < tonumber(ARGV[9]) then return '!forgotten' end
if tonumber(state[4] or 0) < revision then redis.call('HSET', KEYS[1], 'revision', ARGV[1]) end
local ttl_max = tonumber(ARGV[7])
local function ttl_of(i)
  if ttl_max == 0 then return nil end
  return math.floor(ttl_max * (1 - (ARGV[8] + i * 0.6180339887) % 1 * 0.1))
end
)lua";

constexpr std::string_view kWriteBody = R"lua(
local count = (#KEYS - 2) / 2
local floor = tonumber(redis.call('GET', KEYS[2]) or 0)
local tombstones = redis.call('MGET', unpack(KEYS, count + 3))
local verdicts = {}
local at = 10
for i = 1, count do
  local key = KEYS[i + 2]
  local fields = tonumber(ARGV[at])
  local first = at + 1
  local last = at + (fields or 0)
  at = last + 1
  local is = stored(key)
  local buried = tonumber(tombstones[i] or 0)
  if floor > revision or buried > revision or is > revision then
    verdicts[i] = 'O'
  elseif is < -1 then
    verdicts[i] = is == -2 and 'F' or 'T'
  elseif fields then
    if is < revision then
      put(key, first, last, ttl_of(i), is)
      if buried > 0 then redis.call('DEL', KEYS[i + 2 + count]) end
    end
    verdicts[i] = 'W'
  elseif is == revision then
    verdicts[i] = 'O'
  else
    if is >= 0 then redis.call('DEL', key) end
    redis.call('SET', KEYS[i + 2 + count], ARGV[1], 'PX', ARGV[6])
    verdicts[i] = 'R'
  end
end
local writes = redis.call('HINCRBY', KEYS[1], 'writes', 1)
return table.concat(verdicts) .. ':' .. string.format('%.0f', writes)
)lua";

// A tombstone or a record from the future goes; what the other one still says by a revision that
// can be true is kept.
constexpr std::string_view kReplaceBody = R"lua(
local bogus = ARGV[10]
local fields = tonumber(ARGV[11])
local key, tombstone = KEYS[3], KEYS[4]
local is, text = stored(key)
local buried = redis.call('GET', tombstone)
if is == -2 then return 'F' end
if is == -3 then return 'T' end
if text ~= bogus and buried ~= bogus then return 'O' end
if buried == bogus then
  redis.call('DEL', tombstone)
  buried = false
end
if text ~= bogus and is >= revision then return 'O' end
if buried and tonumber(buried) > revision then
  if is >= 0 then redis.call('DEL', key) end
  return 'R'
end
if fields then
  put(key, 12, 11 + fields, ttl_of(1), is)
  if buried then redis.call('DEL', tombstone) end
  return 'W'
end
if is >= 0 then redis.call('DEL', key) end
redis.call('SET', tombstone, ARGV[1], 'PX', ARGV[6])
return 'R'
)lua";

constexpr std::string_view kFloorBody = R"lua(
if tonumber(redis.call('GET', KEYS[2]) or 0) < revision then
  redis.call('SET', KEYS[2], ARGV[1])
end
return 'W'
)lua";

constexpr std::string_view kRaiseWritesBody = R"lua(
if tonumber(state[5] or 0) < tonumber(ARGV[10]) then
  redis.call('HSET', KEYS[1], 'writes', ARGV[10])
end
return 'W'
)lua";

constexpr std::string_view kPurgeBody = R"lua(
local removed = 0
for i = 2, #KEYS do
  if stored(KEYS[i]) >= 0 then removed = removed + redis.call('DEL', KEYS[i]) end
end
return removed
)lua";

constexpr std::string_view kClaimBody = R"lua(
local state = redis.call('HMGET', KEYS[1], 'pipeline', 'server', 'epoch', 'revision', 'writes')
local answer = {state[4] or '0', state[5] or '0'}
if state[1] == ARGV[1] and state[2] == ARGV[2] and state[3] == ARGV[3] then return answer end
if state[1] and ARGV[4] ~= '1' then return '!owner:' .. state[1] end
redis.call('HSET', KEYS[1], 'pipeline', ARGV[1], 'server', ARGV[2], 'epoch', ARGV[3])
redis.call('HSETNX', KEYS[1], 'revision', '0')
return answer
)lua";

constexpr std::string_view kAdoptHashBody = R"lua(
for i = 1, #KEYS do
  if stored(KEYS[i]) == -2 then redis.call('HSET', KEYS[i], '_revision', '0') end
end
return 'W'
)lua";

constexpr std::string_view kAdoptJsonBody = R"lua(
for i = 1, #KEYS do
  if stored(KEYS[i]) == -2 then
    local object = string.match(redis.call('GET', KEYS[i]), '^{(.*)$')
    if object then
      local comma = string.find(object, '^%s*}') and '' or ','
      local ttl = redis.call('PTTL', KEYS[i])
      redis.call('SET', KEYS[i], '{"_revision":0' .. comma .. object)
      if ttl > 0 then redis.call('PEXPIRE', KEYS[i], ttl) end
    end
  end
end
return 'W'
)lua";

constexpr std::string_view kRevisionsBody = R"lua(
local revisions = {}
for i = 1, #KEYS do
  local is, text = stored(KEYS[i])
  revisions[i] = text or (is == -1 and '' or 'F')
end
return revisions
)lua";

}  // namespace

std::string script_text(Script script, RedisForm form) {
  const std::string record(form == RedisForm::kHash ? kHashRecord : kJsonRecord);
  const auto guarded = [&](std::string_view body) {
    return record.substr(1).append(kHead) += body;
  };
  switch (script) {
    case Script::kWrite: {
      std::string text = guarded(kWriteBody);
      text = ports::unless_broken(Rule::kRevisionGuard, text, " or is > revision", "");
      text = ports::unless_broken(Rule::kRevisionGuard, text, "if is < revision", "if true");
      return ports::unless_broken(Rule::kTombstone, text,
                                  "redis.call('SET', KEYS[i + 2 + count], ARGV[1], 'PX', ARGV[6])",
                                  "");
    }
    case Script::kReplace:
      return guarded(kReplaceBody);
    case Script::kFloor:
      return guarded(kFloorBody);
    case Script::kRaiseWrites:
      return guarded(kRaiseWritesBody);
    case Script::kPurge:
      return guarded(kPurgeBody);
    case Script::kClaim:
      return std::string(kClaimBody);
    case Script::kAdopt:
      return record + std::string(form == RedisForm::kHash ? kAdoptHashBody : kAdoptJsonBody);
    case Script::kRevisions:
      return record + std::string(kRevisionsBody);
  }
  return {};
}

Result<std::string_view> Scripts::sha(Script script) {
  const auto known = shas_.find(script);
  if (known != shas_.end()) return std::string_view(known->second);
  const std::string text = script_text(script, form_);
  const Reply reply = TRY(connection_.call({"SCRIPT", "LOAD", text}));
  return std::string_view(shas_[script] = text_of(*reply));
}

Result<Reply> Scripts::call(Script script, const Arguments& keys, const Arguments& arguments) {
  for (bool is_again = false;; is_again = true) {
    Arguments command{"EVALSHA", TRY(sha(script))};
    command.add_number(keys.count());
    command.add(keys);
    command.add(arguments);
    Reply reply = TRY(connection_.ask(command));
    if (!is_error(*reply)) return reply;
    if (is_again || !is_script_missing(text_of(*reply))) return connection_.error_of(*reply);
    forget();
  }
}

}  // namespace syncline::redis
