# Write program.c with the commit of the sources, when it changed. Run at every build:
#   cmake -DSOURCE=... -DOUTPUT=... -DPROJECT_VERSION=... -DKD_BUILD=... -DKD_LIBRARIES=... -DKD_MPI=... -P stamp.cmake
set(KD_COMMIT unknown)
set(KD_DIRTY false)
execute_process(COMMAND git -C "${SOURCE}" rev-parse --short=12 HEAD
                OUTPUT_VARIABLE commit OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE failed ERROR_QUIET)
if(NOT failed)
  set(KD_COMMIT "${commit}")
  execute_process(COMMAND git -C "${SOURCE}" status --porcelain --untracked-files=no
                  OUTPUT_VARIABLE changes ERROR_QUIET)
  if(changes)
    set(KD_DIRTY true)
  endif()
endif()
configure_file("${SOURCE}/harness/base/program.c.in" "${OUTPUT}" @ONLY)
