# `cpack -G DEB` in a build folder: a Debian package, whose libraries dpkg-shlibdeps finds out. What no binary
# names is said here: mpirun, which `kdgrid run -n` starts.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME kdgrid)
set(CPACK_PACKAGE_VENDOR "kdgrid")
set(CPACK_PACKAGE_CONTACT "the authors of kdgrid <kdgrid@localhost>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "knowledge-distillation studies for biomedical text mining")
set(CPACK_PACKAGE_DESCRIPTION "kdgrid runs a whole knowledge-distillation study on a CPU cluster: it reads
an experiment file, trains every model that is missing on MPI workers, keeps
each result as an HDF5 object, and prints the tables of a paper with their
statistics.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS openmpi-bin)
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "slurm-client, bash-completion")
set(CPACK_RESOURCE_FILE_LICENSE "${CMAKE_SOURCE_DIR}/LICENSE")
include(CPack)
