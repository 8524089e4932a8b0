# inspectorate_library(<name> SOURCES ... [DEPS ...])       one folder, one library
# inspectorate_test(<name> SOURCES ... [DEPS ...] [LABELS ...] [TIMEOUT s])
# inspectorate_program(<name> SOURCES ... [DEPS ...])
# inspectorate_embed(<target> <symbol> <file>...)          files as constexpr strings

# What one machine runs, without the tests; and the tests that start neither a database nor a process.
add_custom_target(programs)
add_custom_target(unit_tests)

function(inspectorate_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${INSPECTORATE_WARNINGS})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS})
endfunction()

function(inspectorate_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${INSPECTORATE_WARNINGS})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
  set_target_properties(${name} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
  add_dependencies(programs ${name})
endfunction()

# A test binary is one CTest entry: it starts what it needs (a database, a server) once, not once a case.
function(inspectorate_test name)
  cmake_parse_arguments(ARG "" "TIMEOUT" "SOURCES;DEPS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  if("${ARG_DEPS}" MATCHES "testing|private_server")
    list(APPEND ARG_LABELS database)
    list(REMOVE_DUPLICATES ARG_LABELS)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${INSPECTORATE_WARNINGS})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  if(NOT ARG_LABELS)
    add_dependencies(unit_tests ${name})
  endif()
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}"
    ENVIRONMENT "INSPECTORATE_SOURCE=${CMAKE_SOURCE_DIR};INSPECTORATE_BIN=${CMAKE_BINARY_DIR}/bin")
endfunction()

# Generates <symbol>.cc/.h in the build tree: `inline` access to the files' bytes as
#   extern const std::vector<std::pair<std::string_view, std::string_view>> <symbol>;  // {file name, content}, in order
function(inspectorate_embed target symbol)
  set(header ${CMAKE_CURRENT_BINARY_DIR}/embedded/${symbol}.h)
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded/${symbol}.cc)
  set(files)
  foreach(file ${ARGN})
    get_filename_component(file ${file} ABSOLUTE)
    list(APPEND files ${file})
  endforeach()
  add_custom_command(OUTPUT ${header} ${source}
    COMMAND ${CMAKE_COMMAND} -DSYMBOL=${symbol} -DHEADER=${header} -DSOURCE=${source} "-DFILES=${files}"
            -P ${CMAKE_SOURCE_DIR}/cmake/Embed.cmake
    DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/Embed.cmake VERBATIM)
  target_sources(${target} PRIVATE ${source} ${header})
  target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_BINARY_DIR}/embedded)
endfunction()
