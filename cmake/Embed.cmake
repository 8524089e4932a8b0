# Writes the bytes of FILES as C++ string views; called by inspectorate_embed.
set(entries "")
foreach(file ${FILES})
  get_filename_component(name ${file} NAME)
  get_filename_component(folder ${file} DIRECTORY)
  get_filename_component(folder ${folder} NAME)
  file(READ ${file} hex HEX)
  string(LENGTH "${hex}" digits)
  math(EXPR size "${digits} / 2")
  # Literals are cut into pieces of 32 bytes: compilers limit the length of one, and a digit that follows an escape
  # would be taken as part of it.
  string(REPEAT "." 64 piece)
  string(REGEX REPLACE "(${piece})" "\\1|" pieces "${hex}")
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" pieces "${pieces}")
  string(REPLACE "|" "\"\n\"" pieces "\"${pieces}\"")
  string(APPEND entries "    {\"${folder}/${name}\", std::string_view(\n${pieces}, ${size})},\n")
endforeach()
file(WRITE ${HEADER} "#pragma once\n#include <string_view>\n#include <utility>\n#include <vector>\n\nextern const std::vector<std::pair<std::string_view, std::string_view>> ${SYMBOL};\n")
file(WRITE ${SOURCE} "#include \"${SYMBOL}.h\"\n\nconst std::vector<std::pair<std::string_view, std::string_view>> ${SYMBOL} = {\n${entries}};\n")
