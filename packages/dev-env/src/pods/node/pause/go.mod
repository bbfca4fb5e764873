module dumbwaiter/pause

go 1.26
