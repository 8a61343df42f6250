# The words that the rooms are built with.

add_library(kd_flags INTERFACE)
target_include_directories(kd_flags INTERFACE "${CMAKE_SOURCE_DIR}" "${CMAKE_BINARY_DIR}")
target_compile_definitions(kd_flags INTERFACE _GNU_SOURCE $<$<BOOL:${KD_ARENA_MALLOC}>:KD_ARENA_MALLOC>)
target_compile_options(kd_flags INTERFACE
  -Wall -Wextra -Wshadow -Wpointer-arith -Wstrict-prototypes -Wmissing-prototypes -Wvla
  -Wwrite-strings -Wno-missing-field-initializers -fopenmp-simd -fno-math-errno
  -ffile-prefix-map=${CMAKE_SOURCE_DIR}/=
  $<$<BOOL:${KD_WERROR}>:-Werror>)
# What makes a wrong write end the program and not go on in it. Sanitizers see more, and want none of it.
include(CheckCCompilerFlag)
if(CMAKE_BUILD_TYPE MATCHES "^(Release|RelWithDebInfo|MinSizeRel)$" AND NOT KD_SANITIZE AND NOT KD_FUZZ)
  set(KD_HARDENED ON)
  set(fortify 2)
  if((CMAKE_C_COMPILER_ID STREQUAL GNU AND CMAKE_C_COMPILER_VERSION VERSION_GREATER_EQUAL 12) OR
     (CMAKE_C_COMPILER_ID MATCHES Clang AND CMAKE_C_COMPILER_VERSION VERSION_GREATER_EQUAL 12))
    set(fortify 3)
  endif()
  target_compile_options(kd_flags INTERFACE -fstack-protector-strong -fPIE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=${fortify})
  check_c_compiler_flag(-fstack-clash-protection KD_HAVE_STACK_CLASH)
  if(KD_HAVE_STACK_CLASH)
    target_compile_options(kd_flags INTERFACE -fstack-clash-protection)
  endif()
  target_link_options(kd_flags INTERFACE -pie LINKER:-z,relro,-z,now,-z,noexecstack)
endif()
if(KD_SANITIZE)
  target_compile_options(kd_flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=undefined
                                            -fno-omit-frame-pointer)
  target_link_options(kd_flags INTERFACE -fsanitize=address,undefined)
endif()
if(KD_FUZZ)
  # No item of an empty list is at NULL + 0, which C2y defines (N3322) and clang of today still tells of.
  target_compile_options(kd_flags INTERFACE -fsanitize=fuzzer-no-link -fno-sanitize=pointer-overflow)
endif()
if(KD_COVERAGE)
  target_compile_options(kd_flags INTERFACE --coverage -fprofile-update=atomic)
  target_link_options(kd_flags INTERFACE --coverage)
endif()
target_link_libraries(kd_flags INTERFACE m)

# kd_room(tensor SOURCES a.c b.c ROOMS base PACKAGES kd::openblas)
# A room: the library kd_tensor. ROOMS are those of ours that it stands on; PACKAGES are the
# foreign libraries that it alone has the door to (private: nobody above sees their headers).
function(kd_room name)
  cmake_parse_arguments(ROOM "" "" "SOURCES;ROOMS;PACKAGES" ${ARGN})
  add_library(kd_${name} STATIC ${ROOM_SOURCES})
  target_link_libraries(kd_${name} PUBLIC kd_flags PRIVATE ${ROOM_PACKAGES})
  foreach(room IN LISTS ROOM_ROOMS)
    target_link_libraries(kd_${name} PUBLIC kd_${room})
  endforeach()
endfunction()

# kd_text(SOURCE SYMBOL FILE)
# A file as a text of the program, `extern const char SYMBOL[]`: backslashes and quotes escaped, a literal for
# each line. SOURCE receives the path of the C that has it.
function(kd_text source symbol file)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS "${file}")
  file(READ "${file}" text)
  string(REPLACE "\\" "\\\\" text "${text}")
  string(REPLACE "\"" "\\\"" text "${text}")
  string(REPLACE "\n" "\\n\"\n    \"" text "${text}")
  configure_file("${CMAKE_SOURCE_DIR}/harness/cmake/text.c.in" "${symbol}.c" @ONLY)
  set(${source} "${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c" PARENT_SCOPE)
endfunction()

# What starts ranks wants two cores. A cluster waits most of its time, so others go on beside it, but for another cluster.
# ctest starts the costly first: clusters, which go one after another, then what needs two places at once (left to
# the end they would run one by one), then what may take long.
function(kd_make_room test timeout)
  if("slurm" IN_LIST ARGN)
    set_tests_properties(${test} PROPERTIES RESOURCE_LOCK slurm COST 100000)
  elseif("mpi" IN_LIST ARGN)
    set_tests_properties(${test} PROPERTIES PROCESSORS 2 COST 50000)
  else()
    set_tests_properties(${test} PROPERTIES COST ${timeout})
  endif()
endfunction()

# What programs remember between runs they remember below the build folder when they are tested: a
# person's own cache is left alone.
#
# kd_test(ROOM MODULE [ROOMS more] [SOURCES more.c] [LABELS mpi] [TIMEOUT s] [CONFIGURATIONS long])
# One test program: tests/<room>/test_<module>.c, linked with kd_<room>; `ctest -R <module>`.
# Exit code 77 means skipped, with a message that says what is absent. One with the configuration
# "long" is left out unless ctest is told -C long.
function(kd_test room module)
  cmake_parse_arguments(TEST "" "TIMEOUT" "ROOMS;SOURCES;LABELS;CONFIGURATIONS" ${ARGN})
  if(TEST_CONFIGURATIONS)
    list(PREPEND TEST_CONFIGURATIONS CONFIGURATIONS)
  endif()
  set(target test_${room}_${module})
  add_executable(${target} test_${module}.c ${TEST_SOURCES})
  target_link_libraries(${target} PRIVATE kd_${room} kd_support kd::cmocka)
  foreach(extra IN LISTS TEST_ROOMS)
    target_link_libraries(${target} PRIVATE kd_${extra})
  endforeach()
  add_test(NAME ${room}.${module} COMMAND ${target} ${TEST_CONFIGURATIONS})
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 120)
  endif()
  set_tests_properties(${room}.${module} PROPERTIES
    TIMEOUT ${TEST_TIMEOUT} SKIP_RETURN_CODE 77 LABELS "${room};${TEST_LABELS}"
    ENVIRONMENT "OPENBLAS_NUM_THREADS=1;OMP_WAIT_POLICY=passive;KDGRID_GOLDEN=${CMAKE_SOURCE_DIR}/tests/golden;XDG_CACHE_HOME=${CMAKE_BINARY_DIR}/cache")
  kd_make_room(${room}.${module} ${TEST_TIMEOUT} ${TEST_LABELS})
endfunction()

# kd_script_test(NAME SCRIPT [LABELS ...] [TIMEOUT s] [ARGS ...] [CONFIGURATIONS long])
# A test written in shell that runs the real program: KDGRID holds its path. CONFIGURATIONS as in
# kd_test.
function(kd_script_test name script)
  cmake_parse_arguments(TEST "" "TIMEOUT" "LABELS;ARGS;CONFIGURATIONS" ${ARGN})
  if(TEST_CONFIGURATIONS)
    list(PREPEND TEST_CONFIGURATIONS CONFIGURATIONS)
  endif()
  add_test(NAME ${name} COMMAND bash "${CMAKE_CURRENT_SOURCE_DIR}/${script}" ${TEST_ARGS}
           ${TEST_CONFIGURATIONS})
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 120)
  endif()
  set_tests_properties(${name} PROPERTIES
    TIMEOUT ${TEST_TIMEOUT} SKIP_RETURN_CODE 77 LABELS "${TEST_LABELS}"
    ENVIRONMENT "OMP_WAIT_POLICY=passive;KDGRID=$<TARGET_FILE:kdgrid>;KDGRID_SOURCE=${CMAKE_SOURCE_DIR};OMPI_ALLOW_RUN_AS_ROOT=1;OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1;XDG_CACHE_HOME=${CMAKE_BINARY_DIR}/cache")
  kd_make_room(${name} ${TEST_TIMEOUT} ${TEST_LABELS})
endfunction()
