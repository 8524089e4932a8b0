// The name of before; to be removed with its last users.
#pragma once

#include "common/db/private/private_server.h"

namespace inspectorate::db {
using PrivateMariaDb = PrivateServer;
using PrivateMariaDbOptions = PrivateServerOptions;
}  // namespace inspectorate::db
