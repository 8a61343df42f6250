# Every foreign library, as a target kd::<name>, and one clear message for all that is missing.

find_package(PkgConfig REQUIRED)
set(KD_MISSING "")

# kd_package(openblas libopenblas-dev openblas): from pkg-config.
function(kd_package name debian)
  pkg_check_modules(KD_PKG_${name} QUIET IMPORTED_TARGET ${ARGN})
  if(KD_PKG_${name}_FOUND)
    add_library(kd::${name} ALIAS PkgConfig::KD_PKG_${name})
  else()
    set(KD_MISSING ${KD_MISSING} ${debian} PARENT_SCOPE)
  endif()
endfunction()

kd_package(openblas libopenblas-dev openblas)
kd_package(config libconfig-dev libconfig)
kd_package(jansson libjansson-dev jansson)
kd_package(zip libzip-dev libzip)
kd_package(xxhash libxxhash-dev libxxhash)
kd_package(utf8proc libutf8proc-dev libutf8proc)
kd_package(cmocka libcmocka-dev cmocka)
kd_package(mpi libopenmpi-dev ompi-c)
kd_package(hdf5 libhdf5-dev hdf5)

if(KD_MISSING)
  list(JOIN KD_MISSING " " missing)
  message(FATAL_ERROR "Libraries are missing. On Debian or Ubuntu: apt-get install ${missing}\n"
                      "(./setup does this by itself.)")
endif()

# By file and not by its CMake package: Debian's asks for OpenCL, which products on a CPU never use.
set(KD_HAVE_ONEDNN OFF)
if(KD_WITH_ONEDNN)
  find_path(KD_DNNL_INCLUDE dnnl.h)
  find_library(KD_DNNL_LIBRARY dnnl)
  if(KD_DNNL_INCLUDE AND KD_DNNL_LIBRARY)
    add_library(kd_dnnl INTERFACE)
    target_include_directories(kd_dnnl SYSTEM INTERFACE "${KD_DNNL_INCLUDE}")
    target_link_libraries(kd_dnnl INTERFACE "${KD_DNNL_LIBRARY}")
    target_compile_definitions(kd_dnnl INTERFACE KD_HAVE_ONEDNN)
    add_library(kd::onednn ALIAS kd_dnnl)
    set(KD_HAVE_ONEDNN ON)
  else()
    message(STATUS "oneDNN is not found (libdnnl-dev): matrix products use OpenBLAS, f32 only")
  endif()
endif()

# What `kdgrid version` and every object say about them.
set(KD_LIBRARIES "HDF5 ${KD_PKG_hdf5_VERSION}, OpenBLAS ${KD_PKG_openblas_VERSION}")
if(KD_HAVE_ONEDNN)
  file(STRINGS "${KD_DNNL_INCLUDE}/oneapi/dnnl/dnnl_version.h" lines REGEX "define DNNL_VERSION_(MAJOR|MINOR|PATCH) ")
  string(REGEX REPLACE "[^0-9;]" "" numbers "${lines}")
  list(JOIN numbers "." version)
  string(APPEND KD_LIBRARIES ", oneDNN ${version}")
else()
  string(APPEND KD_LIBRARIES ", no oneDNN")
endif()
set(KD_MPI "Open MPI ${KD_PKG_mpi_VERSION}")
