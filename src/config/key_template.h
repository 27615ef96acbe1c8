#pragma once

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "document/ids.h"

namespace syncline::config {

/// Checks a Redis key template as far as it can be without a schema: it reads back to one document
/// and one key, and the keys of two documents never overlap. So {document} stands first and once
/// (one document alone may do without), then {key} or key columns, each once, with a ':' between
/// any two placeholders; what stands around has no character that values encode (% { } * ? [ ] \,
/// control), and it does not begin with "syncline:". kInvalid.
Result<void> check_key_template(std::string_view text,
                                std::span<const document::DocumentName> documents);

}  // namespace syncline::config
