#pragma once

#include <mongoc/mongoc.h>

#include <string>
#include <string_view>

#include "base/error.h"

namespace syncline::mongo {

constexpr int kDuplicateKey = 11000;

/// The Error for a failure that libmongoc reports; `where` names what was asked of whom. Kinds: a
/// store that is away, busy, shutting down or changing its primary: kTransient; a wrong password, a
/// missing right, an unknown option: kInvalid, with the cure.
Error error_of(const bson_error_t& error, std::string_view where);

/// The same for a code inside a reply that is otherwise well (writeErrors, writeConcernError).
Error error_of_code(int code, std::string_view message, std::string_view where);

/// True for the codes by which the store refuses one document as too large.
bool is_too_large(int code);

/// True for a code that another try may not meet.
bool is_transient_code(int code);

/// The index that a message of code 11000 names; "a unique index" when it names none. Never the
/// values.
std::string index_of_conflict(std::string_view message);

}  // namespace syncline::mongo
