// Threads that live on faults: what is null is met by the processor, and the VM throws for it.
public class Faults {
  static volatile Object nothing = null;

  static int meetNull(int times) {
    int caught = 0;
    for (int i = 0; i < times; ++i) {
      try {
        nothing.hashCode();
      } catch (NullPointerException expected) {
        ++caught;
      }
    }
    return caught;
  }

  public static int run() throws InterruptedException {
    final int[] caught = new int[8];
    final Thread[] threads = new Thread[caught.length];
    for (int t = 0; t < threads.length; ++t) {
      final int own = t;
      threads[t] = new Thread(() -> {
        for (int round = 0; round < 10; ++round) {
          caught[own] += meetNull(2000);
          System.gc();
        }
      });
      threads[t].start();
    }
    int all = 0;
    for (int t = 0; t < threads.length; ++t) {
      threads[t].join();
      all += caught[t];
    }
    return all;
  }
}
