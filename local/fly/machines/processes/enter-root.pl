# Process 1 of a machine of the embedded cloud from the moment its root is built (root.sh): makes the current folder the
# root, leaves nothing of the old one behind, says `up` on descriptor 4, and runs the command in it as the image's user:
#
#   perl enter-root.pl WORKDIR UID GID[,GID...] COMMAND [ARGUMENT...]
#
# In Perl, since nothing of the old root can be started once it is gone, and an image need not have any program but its own.
use strict;
use warnings;
use POSIX ();

my ( $workdir, $uid, $gids, @command ) = @ARGV;
my ( $here, $detach ) = ( '.', 2 );
# Numbers of pivot_root and umount2.
my %calls = ( x86_64 => [ 155, 166 ], aarch64 => [ 41, 39 ] );
my ( $pivot_root, $umount2 ) = @{ $calls{ ( POSIX::uname() )[4] } or die "machines run on x86_64 and aarch64 only\n" };
my $old = $here;
syscall( $pivot_root, $here, $old ) == 0 or die "the root could not be entered: $!\n";
# The old root lies on top of the new one now.
syscall( $umount2, $here, $detach ) == 0 or die "the old root could not be left: $!\n";
chdir '/' or die "the root could not be entered: $!\n";

# A child, so that signals work as for any process and leftovers find a parent that takes them in.
my $main = fork;
die "no process for the command: $!\n" if !defined $main;
run() if $main == 0;
close STDOUT;
POSIX::close(4);
while ( ( my $ended = wait ) != -1 ) {
    exit( $? & 127 ? 128 + ( $? & 127 ) : $? >> 8 ) if $ended == $main;
}

sub run {
    $ENV{PATH} = delete $ENV{MACHINE_PATH};
    chdir $workdir or fail("there is no folder $workdir to start in: $!");
    my @groups = split /,/, $gids;
    # The second mention is the list of all groups.
    $( = $groups[0];
    $) = "$groups[0] @groups";
    ( $<, $> ) = ( $uid, $uid );
    fail("user $uid could not be taken on: $!") if $< != $uid || $> != $uid;
    open my $mark, '>&=', 4 or fail("nobody listens: $!");
    syswrite $mark, "up\n";
    close $mark;
    no warnings 'exec';
    exec { $command[0] } @command or fail("cannot run $command[0]: $!");
}

sub fail {
    print STDERR "$_[0]\n";
    POSIX::_exit(127);
}
