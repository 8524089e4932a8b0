#pragma once

#include "absl/status/status.h"
#include "absl/status/statusor.h"

#define INSPECTORATE_CONCAT_INNER_(a, b) a##b
#define INSPECTORATE_CONCAT_(a, b) INSPECTORATE_CONCAT_INNER_(a, b)

// Leaves the function with the status unless it is OK.
#define RETURN_IF_ERROR(expr) RETURN_IF_ERROR_IMPL_(INSPECTORATE_CONCAT_(status_, __LINE__), expr)
#define RETURN_IF_ERROR_IMPL_(status, expr)           \
  do {                                                \
    if (absl::Status status = (expr); !status.ok()) { \
      return status;                                  \
    }                                                 \
  } while (false)

// ASSIGN_OR_RETURN(auto x, F()): takes the value or leaves the function with the status.
#define ASSIGN_OR_RETURN(lhs, expr) ASSIGN_OR_RETURN_IMPL_(INSPECTORATE_CONCAT_(result_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_IMPL_(result, lhs, expr) \
  auto result = (expr);                           \
  if (!result.ok()) {                             \
    return result.status();                       \
  }                                               \
  lhs = std::move(result).value()
